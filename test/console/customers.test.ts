import { describe, expect, test } from "vitest";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

interface Record {
  id: string;
  name: string;
  version: number;
  parentId: string;
  phone: string | null;
  fax: string | null;
  deletedAt: string | null;
  storageLocation: string;
  space: { limitBytes: number | null };
  licences: { limit: number | null };
}
const read = (id: string) => api<Record>("GET", `/customers/${id}`);
const make = (name: string, more: object = {}) =>
  api<Record>("POST", "/customers", {
    parentId: stage().reseller.id,
    name,
    email: "office@neu.example",
    country: "DE",
    ...more,
  });

describe("adding a customer", () => {
  test("fills what only one choice leaves, says where the data lie, keeps the draft, and sends the details", async () => {
    const { reseller } = stage();
    const page = await openConsole("reseller", { path: `/n/${reseller.id}/customers` });
    await page.getByRole("link", { name: "Add customer" }).click();
    const level = page.getByRole("textbox", { name: "Level" });
    await level.waitFor();
    expect(await level.inputValue()).toBe("Customer");
    expect(await level.getAttribute("readonly")).not.toBeNull();
    await page.getByRole("button", { name: "Create customer" }).click();
    await page.getByText("Fill in this field.").first().waitFor();
    await page.getByLabel("Name", { exact: false }).first().fill("Töpferei Moos");
    await page
      .getByRole("combobox", { name: "Country of the devices" })
      .or(page.getByLabel("Country of the devices"))
      .first()
      .fill("Belg");
    await page.getByRole("option", { name: "Belgium" }).click();
    await page.getByText("the data lie in France").waitFor();
    await page.getByLabel("Space allotment", { exact: true }).fill("500");
    await page.getByText("Free after this").first().waitFor();
    await page.reload();
    await page.getByText("Your entries from before the reload are still here.").waitFor();
    expect(await page.getByLabel("Space allotment", { exact: true }).inputValue()).toBe("500");
    await page.getByLabel("Mail address", { exact: false }).first().fill("moos@neu.example");
    await expectAccessible(page, "adding a customer");
    await shoot(page, "add-customer");
    await page.getByRole("button", { name: "Create customer" }).click();
    await page.getByRole("heading", { name: "Töpferei Moos has been created" }).waitFor();
    const id = new URL(page.url()).searchParams.get("created") ?? "";
    const made = await read(id);
    expect([made.storageLocation, made.space.limitBytes]).toEqual(["BE", 500e9]);
    await page.getByText("Subject", { exact: true }).waitFor();
    await expectAccessible(page, "a customer that was added");
    await shoot(page, "added-customer");
    await page.getByRole("button", { name: "Send this mail" }).click();
    await page.getByText("The mail is on its way to moos@neu.example.").first().waitFor();
  });
});

describe("a customer’s details", () => {
  test("asks field by field where somebody else has changed the same", async () => {
    const { id, version } = await make("Glaserei Klar");
    const page = await openConsole("reseller", { path: `/n/${id}/details` });
    await page.getByLabel("Phone").fill("+49 1");
    await page.getByLabel("Fax").fill("+49 9");
    await api("PATCH", `/customers/${id}`, { phone: "+49 2" });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Somebody else has changed this" });
    await dialog.getByRole("radio", { name: "Saved meanwhile: +49 2" }).check();
    await dialog.getByRole("button", { name: "Save my choice" }).click();
    await page.getByText("Glaserei Klar has been saved.").waitFor();
    const saved = await read(id);
    expect([saved.phone, saved.fax]).toEqual(["+49 2", "+49 9"]);
    expect(saved.version).toBeGreaterThan(version);
    await expectAccessible(page, "details");
    await shoot(page, "details");
  });

  test("deletes with its name typed, and takes it back at once", async () => {
    const { id } = await make("Kiosk Kurz");
    const page = await openConsole("reseller", { path: `/n/${id}/details` });
    await page.getByRole("button", { name: "Delete …" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete Kiosk Kurz?" });
    await dialog.getByLabel("Type Kiosk Kurz to confirm").fill("Kiosk Kurz");
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("Kiosk Kurz has been deleted.").waitFor();
    expect((await read(id)).deletedAt).not.toBeNull();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone.").waitFor();
    expect((await read(id)).deletedAt).toBeNull();
  });
});

test("allocations show the free pool before they are saved, many in one step", async () => {
  const { reseller } = stage();
  const [one, other] = [await make("Schreinerei Ast"), await make("Schreinerei Brett")];
  const page = await openConsole("reseller", { path: `/n/${reseller.id}/allocations` });
  await page.getByLabel("Allotted space: Schreinerei Ast").fill("1.5 TB");
  await page.keyboard.press("Enter");
  await page.getByLabel("Licences: Schreinerei Brett").fill("7");
  await page.keyboard.press("Enter");
  await page.getByText("2 rows changed, not saved yet").waitFor();
  await page.getByText(/Free space of Nussbaum IT: .+ → /).waitFor();
  await page
    .getByText("Free licences of Nussbaum IT: 60 → 53")
    .or(page.getByText(/Free licences of Nussbaum IT/))
    .first()
    .waitFor();
  await expectAccessible(page, "allocations");
  await shoot(page, "allocations");
  await page.getByRole("button", { name: "Save all" }).click();
  await page.getByText("2 rows have been saved.").waitFor();
  expect((await read(one.id)).space.limitBytes).toBe(1.5e12);
  expect((await read(other.id)).licences.limit).toBe(7);
});

test("settings are inherited or own, and say which level they come from", async () => {
  const { id } = await make("Imkerei Wabe");
  const page = await openConsole("reseller", { path: `/n/${id}/settings` });
  const throttle = page.getByRole("region", { name: "Bandwidth throttling" });
  await throttle.getByText("Default of the product").waitFor();
  await throttle.getByRole("radio", { name: "Inherit" }).focus();
  await page.keyboard.press("ArrowRight");
  await throttle.getByRole("switch", { name: "Throttle backups" }).focus();
  await page.keyboard.press("Space");
  await throttle.getByRole("radio", { name: "at certain hours" }).focus();
  await page.keyboard.press("Space");
  await throttle.getByLabel("From", { exact: true }).fill("09:00");
  await expectAccessible(page, "settings");
  await shoot(page, "settings");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("1 setting has been saved.").waitFor();
  const { throttle: own } = await api<{ throttle: object }>("GET", `/customers/${id}/settings`);
  expect(own).toMatchObject({ mode: "own", enabled: true, always: false, from: "09:00", bytesPerSecond: 1e6 });
  await throttle.getByText("Set here").waitFor();
});

describe("moving", () => {
  test("a customer goes to another reseller after a preview in plain words", async () => {
    const { reseller, rival } = stage();
    const { id } = await make("Segelschule Luv", { space: { limitBytes: 1e12 } });
    const page = await openConsole("provider", { path: `/n/${reseller.id}/move?what=customers&ids=${id}` });
    await page.getByRole("textbox", { name: "New parent" }).fill("Harbour");
    await page.getByRole("option", { name: /^Harbour Light Computing/ }).click();
    await page.getByText("Segelschule Luv goes from Nussbaum IT to Harbour Light Computing.").waitFor();
    await page.getByText("No longer see it: Nussbaum IT").waitFor();
    await expectAccessible(page, "a move");
    await shoot(page, "move");
    await page.getByRole("button", { name: "Move", exact: true }).click();
    await page.getByText("Moved.").waitFor();
    expect((await read(id)).parentId).toBe(rival.id);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone.").waitFor();
    expect((await read(id)).parentId).toBe(reseller.id);
  });

  test("says why not, and what to do", async () => {
    const { reseller, customer } = stage();
    const { id } = await make("Segelschule Lee");
    const page = await openConsole("provider", {
      path: `/n/${reseller.id}/move?what=customers&ids=${id}&to=${customer.id}`,
    });
    await page.getByText("This is not possible:").waitFor();
    expect(await page.getByRole("button", { name: "Move", exact: true }).isDisabled()).toBe(true);
  });

  test("accounts go as a task, and come back", async () => {
    const [from, to] = [await make("Fahrschule Nord"), await make("Fahrschule Süd")];
    const account = await api<{ id: string }>("POST", "/accounts", {
      customerId: from.id,
      plan: "select",
      username: "nord@fahrschule.example",
      contact: { name: "Nora Nord", email: "nord@fahrschule.example" },
    });
    const page = await openConsole("reseller", {
      path: `/n/${from.id}/move?what=accounts&ids=${account.id}&to=${to.id}`,
    });
    await page.getByText(/1 account, 0 devices and 0.B of data go to Fahrschule Süd\./).waitFor();
    await page.getByRole("button", { name: "Move", exact: true }).click();
    await page.getByText("1 has been moved.").waitFor({ timeout: 20_000 });
    await expectAccessible(page, "a task of moves");
    const place = () => api<{ customerId: string }>("GET", `/accounts/${account.id}`);
    expect((await place()).customerId).toBe(to.id);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("1 has been put back.").waitFor({ timeout: 20_000 });
    expect((await place()).customerId).toBe(from.id);
  });
});

test("what was deleted is listed, and restored", async () => {
  const { reseller } = stage();
  const { id } = await make("Buchladen Eck");
  await api("DELETE", `/customers/${id}?confirm=${encodeURIComponent("Buchladen Eck")}`);
  const page = await openConsole("reseller", { path: `/n/${reseller.id}/deletions` });
  await page.getByRole("button", { name: "Restore Buchladen Eck" }).waitFor();
  await expectAccessible(page, "deletions");
  await shoot(page, "deletions");
  await page.getByRole("button", { name: "Restore Buchladen Eck" }).click();
  await page.getByText("Buchladen Eck has been restored.").waitFor();
  expect((await read(id)).deletedAt).toBeNull();
});

describe("storage, services and plans", () => {
  test("a storage server is registered, and its token shown once", async () => {
    const { reseller } = stage();
    const page = await openConsole("reseller", { path: `/n/${reseller.id}/storage` });
    await page.getByRole("button", { name: "Register server" }).click();
    const dialog = page.getByRole("dialog", { name: "Register server" });
    await dialog.getByLabel("Name").fill("Keller 1");
    await dialog.getByLabel("Address").fill("https://keller.nussbaum.example");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog", { name: "Token of Keller 1" }).getByText("Copy it now").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("group", { name: "Keller 1" }).waitFor();
    await expectAccessible(page, "storage");
    await shoot(page, "storage");
    const { items } = await api<{ items: { name: string }[] }>("GET", `/storage-servers?customerId=${reseller.id}`);
    expect(items.map(({ name }) => name)).toContain("Keller 1");
  });

  test("a service is added, and ended", async () => {
    const { id } = await make("Optiker Scharf");
    const page = await openConsole("reseller", { path: `/n/${id}/services` });
    await page.getByRole("button", { name: "Add service" }).click();
    const dialog = page.getByRole("dialog", { name: "Add service" });
    await dialog.getByLabel("Name").fill("Firewall");
    await dialog.getByLabel("Price each").fill("12.50");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByText("€12.50").first().waitFor();
    await expectAccessible(page, "services");
    await page.getByRole("button", { name: "End: Firewall" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End", exact: true }).click();
    await page.getByText("Firewall has ended.").waitFor();
    const { items } = await api<{ items: object[] }>("GET", `/services?customerId=${id}`);
    expect(items).toEqual([]);
  });

  test("the provider adds a service plan", async () => {
    const page = await openConsole("provider", { path: `/n/${stage().provider.id}/plans` });
    await page.getByRole("button", { name: "Add plan" }).click();
    const dialog = page.getByRole("dialog", { name: "Add plan" });
    await dialog.getByLabel("Name").fill("Archive");
    await dialog.getByLabel("Code").fill("archive");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByText("Archive has been saved.").waitFor();
    await expectAccessible(page, "plans");
    const { items } = await api<{ items: { code: string }[] }>("GET", "/service-plans");
    expect(items.map(({ code }) => code)).toContain("archive");
    // Another area names accounts' plans by the list that is loaded already.
    await page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: "Accounts" }).click();
    await page.getByRole("link", { name: stage().account.username }).waitFor();
  });
});

test("who may only look is offered nothing to change", async () => {
  const { reseller, customer } = stage();
  const page = await openConsole("viewer", { path: `/n/${customer.id}/details` });
  await page.getByText("Your role can look at this customer, but not change it.").waitFor();
  expect(await page.getByLabel("Phone").isDisabled()).toBe(true);
  expect(await page.getByRole("button", { name: /Delete|Deactivate/ }).count()).toBe(0);
  await page.goto(`/console/n/${reseller.id}/allocations`);
  await page.getByRole("link", { name: "Gasthof Post" }).first().waitFor();
  expect(await page.getByRole("textbox", { name: /Allotted space/ }).count()).toBe(0);
  await page.goto(`/console/n/${reseller.id}/add`);
  await page.getByText("You cannot add customers").waitFor();
});
