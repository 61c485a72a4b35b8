import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

interface Customer {
  id: string;
  name: string;
  version: number;
}

/** A customer that no other spec touches. */
const customer = (name: string): Promise<Customer> =>
  api("POST", "/customers", { parentId: stage().reseller.id, name, email: "office@kunde.example", country: "DE" });

describe("the log", () => {
  test("says who changed what, with what it was before; filtered by type, and followed", async () => {
    const { id } = await customer("Logbuch Müller");
    await api("PATCH", `/customers/${id}`, { phone: "+49 89 4711" });
    const page = await openConsole("reseller", { path: `/n/${id}/log` });
    await page.getByRole("combobox", { name: "Type" }).fill("Customer changed");
    await page.getByRole("option", { name: "Customer changed", exact: true }).click();
    await page.waitForURL(/type=CustomerUpdated/);
    await page.getByRole("link", { name: "Customer changed" }).click();
    const panel = page.getByRole("dialog");
    await panel.getByRole("row", { name: "Phone" }).getByText("+49 89 4711").waitFor();
    await expectAccessible(page, "an entry of the log");
    await shoot(page, "log-entry");
    await page.reload();
    await panel.getByText("+49 89 4711").waitFor();
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    await page.getByRole("switch", { name: "Follow" }).click({ force: true });
    await page.waitForURL(/follow=true/);
    const rows = page.locator("tr[data-row]");
    const before = await rows.count();
    await api("PATCH", `/customers/${id}`, { phone: "+49 89 4712" });
    await rows.nth(before).waitFor();
    await expectAccessible(page, "the log");
    await shoot(page, "log");
  });

  test("shows logins to administrators, and to nobody else", async () => {
    const { reseller } = stage();
    const page = await openConsole("reseller", { path: `/n/${reseller.id}/log?view=access` });
    await page.getByText("Logged in").first().waitFor();
    await expectAccessible(page, "the log of access");
    await shoot(page, "access");
    const viewer = await openConsole("viewer", { path: `/n/${reseller.id}/log?view=access` });
    await viewer.locator("tr[data-row]").first().waitFor();
    expect(await viewer.getByText("Access", { exact: true }).count()).toBe(0);
  });
});

describe("imports", () => {
  const book = [
    "kind,externalRef,parent,name,email,country,colour",
    "customer,IMP-1,,Mühle Kranz,office@kranz.example,DE,red",
    "customer,IMP-2,,Weingut Rohr,office@rohr.example,XX,blue",
  ].join("\r\n");

  test("a file is tried, its refused rows are found, then it is started", async () => {
    const { reseller } = stage();
    const page = await openConsole("reseller", { path: `/n/${reseller.id}/imports` });
    await page
      .getByLabel("Choose a file, or drop it here")
      .setInputFiles({ name: "book.csv", mimeType: "text/csv", buffer: Buffer.from(book) });
    await expectAccessible(page, "imports");
    await shoot(page, "imports");
    await page.getByRole("button", { name: "Try the file" }).click();
    await page.getByText("Nothing has been imported yet.").waitFor();
    await page.getByText("This column is not read: colour").waitFor();
    await page.getByRole("switch", { name: "Only refused rows" }).click({ force: true });
    await page.getByRole("cell", { name: "Weingut Rohr" }).waitFor();
    await page.getByText(/country: must be an ISO 3166-1/).waitFor();
    expect(await page.getByRole("cell", { name: "Mühle Kranz" }).count()).toBe(0);
    await expectAccessible(page, "findings of an import");
    await shoot(page, "import-findings");
    const found = () =>
      api<{ items: Customer[] }>("GET", `/customers?parentId=${reseller.id}&name=${encodeURIComponent("Mühle")}`);
    expect((await found()).items).toEqual([]);
    await page.getByRole("button", { name: "Start the import" }).click();
    await page.getByRole("heading", { name: "Import", exact: true }).waitFor();
    await page.getByText("Ended with refusals").waitFor();
    expect((await found()).items).toMatchObject([{ name: "Mühle Kranz" }]);
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download result" }).click();
    const result = await readFile(await (await waiting).path(), "utf8");
    expect(result).toMatch(/^\uFEFFkind,externalRef,parent,name,email,country,colour,result,id,problem\r?\n/);
    expect(result).toMatch(/Mühle Kranz.*,created,cus_/);
    await page.getByRole("link", { name: "All imports" }).click();
    await page.getByRole("link", { name: "Trial run" }).first().waitFor();
  });

  test("a branch is a file", async () => {
    const { customer: buyer, account } = stage();
    const page = await openConsole("reseller", { path: `/n/${buyer.id}/imports` });
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download as CSV" }).click();
    const file = await readFile(await (await waiting).path(), "utf8");
    expect(file.startsWith("\uFEFFkind,externalRef,parent")).toBe(true);
    expect(file).toContain(account.username);
    expect(file).toContain("BUERO-SERVER");
  });

  test("who may only read is offered the export alone", async () => {
    const { reseller } = stage();
    const page = await openConsole("viewer", { path: `/n/${reseller.id}/imports` });
    await page.getByRole("button", { name: "Download as CSV" }).waitFor();
    expect(await page.getByRole("button", { name: "Try the file" }).count()).toBe(0);
  });
});

describe("tasks", () => {
  test("show what became of each row, and are undone", async () => {
    const { provider } = stage();
    const [from, to] = [await customer("Umzug Quelle"), await customer("Umzug Ziel")];
    const account = await api("POST", "/accounts", {
      customerId: from.id,
      plan: "select",
      username: "umzug@kunde.example",
      password: "a crane by the river",
      contact: { name: "Uta Umzug", email: "uta@kunde.example" },
    });
    const { id } = await api("POST", "/account-moves", { ids: [account.id], customerId: to.id });
    const page = await openConsole("provider", { path: `/n/${provider.id}/tasks?task=${id}` });
    const panel = page.getByRole("dialog");
    await panel.getByText("umzug@kunde.example").waitFor();
    await panel.getByText("Done").first().waitFor();
    await expectAccessible(page, "a task");
    await shoot(page, "task");
    await panel.getByRole("button", { name: "Undo the task" }).click();
    const question = page.getByRole("dialog", { name: "Undo this task?" });
    await question.getByRole("button", { name: "Undo the task" }).click();
    await question.waitFor({ state: "detached" });
    await expect
      .poll(async () => (await api<{ customerId: string }>("GET", `/accounts/${account.id}`)).customerId, {
        timeout: 20_000,
      })
      .toBe(from.id);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Undo a task" }).first().waitFor();
    await expectAccessible(page, "tasks");
    await shoot(page, "tasks");
  });
});
