import { describe, expect, test } from "vitest";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

interface Account {
  id: string;
  username: string;
  plan: string;
  parentAccountId: string | null;
  customerId: string;
  contact: { name: string };
  hardQuotaBytes: number | null;
  state: string;
  trial: { daysLeft: number } | null;
}
interface Listed<Item> {
  items: Item[];
}
const named = async (username: string): Promise<Account | undefined> =>
  (await api<Listed<Account>>("GET", `/accounts?username=${username}`)).items[0];

describe("adding an account", { timeout: 120_000 }, () => {
  test("with a new customer, in trial; the mail with its details is looked at and sent", async () => {
    const { reseller } = stage();
    const page = await openConsole("reseller", { path: `/n/${reseller.id}/accounts/new` });
    await page.getByRole("textbox", { name: "Name of the customer" }).fill("Optik Adler");
    await page.getByRole("textbox", { name: "Mail address" }).fill("office@adler.example");
    await page.getByRole("radio", { name: "Trial" }).check();
    await page.getByRole("textbox", { name: "Trial days" }).fill("14");
    await expectAccessible(page, "new account");
    await shoot(page, "new-account");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("Fill in this field.").first().waitFor();
    await page.getByRole("textbox", { name: "User name" }).fill("adler-office");
    // What was typed is still there after a reload.
    await page.reload();
    await page.getByText("Your entries from before the reload are still here.").waitFor();
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("The account adler-office is created").waitFor();
    await page.getByText("User name: adler-office").waitFor();
    await expectAccessible(page, "account details mail");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("The account details are on their way to office@adler.example.").waitFor();
    const account = await named("adler-office");
    expect(account).toMatchObject({ plan: "trial", parentAccountId: null, state: "trial", trial: { daysLeft: 14 } });
  });

  test("as a sub-account, with a contact and a password of its own", async () => {
    const { customer, account } = stage();
    const page = await openConsole("operator", { path: `/n/${customer.id}/accounts/new` });
    await page.getByText("A sub-account has its parent account’s plan: Select.").waitFor();
    await page.getByRole("radio", { name: "A new contact" }).check();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("Jörg Linde");
    await page.getByRole("textbox", { name: "Mail address" }).fill("joerg@post.example");
    await page.getByRole("textbox", { name: "User name" }).fill(account.username);
    await page.getByRole("radio", { name: "Set one now" }).check();
    await page.getByLabel("New password").fill("three cups of lukewarm tea");
    await page.getByRole("button", { name: "Create account" }).click();
    // The name is taken, and the field says so.
    await page.locator("[aria-invalid=true]").waitFor();
    await page.getByRole("textbox", { name: "User name" }).fill("post-kueche");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("The account post-kueche is created").waitFor();
    expect(await named("post-kueche")).toMatchObject({ parentAccountId: account.id, contact: { name: "Jörg Linde" } });
  });
});

describe("an account", { timeout: 120_000 }, () => {
  test("gets another quota, is suspended and activated by undo", async () => {
    const { customer, account } = stage();
    const page = await openConsole("reseller", { path: `/n/${customer.id}/accounts/${account.id}` });
    await page.getByRole("link", { name: "EMPFANG-1" }).waitFor();
    await expectAccessible(page, "account");
    await shoot(page, "account");
    await page.getByRole("region", { name: "Plan and quotas" }).getByRole("button", { name: "Edit" }).click();
    await page.getByRole("textbox", { name: "Hard quota" }).fill("250");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("0 B of 250 GB").waitFor();
    expect((await api<Account>("GET", `/accounts/${account.id}`)).hardQuotaBytes).toBe(250e9);
    await page.getByRole("button", { name: "Suspend" }).click();
    await page.getByText(`${account.username} is suspended.`).waitFor();
    expect((await api<Account>("GET", `/accounts/${account.id}`)).state).toBe("suspended");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone.").waitFor();
    expect((await api<Account>("GET", `/accounts/${account.id}`)).state).toBe("active");
  });

  test("contacts are made, changed and deleted", async () => {
    const { customer } = stage();
    const page = await openConsole("reseller", { path: `/n/${customer.id}/contacts` });
    await page.getByRole("row", { name: /Vera Linde/ }).waitFor();
    await page.getByRole("button", { name: "Add contact" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill("Ida Post");
    await dialog.getByRole("textbox", { name: "Mail address" }).fill("ida@post.example");
    await dialog.getByRole("button", { name: "Add contact" }).click();
    await page.getByRole("row", { name: /Ida Post.*ida@post.example/ }).waitFor();
    await expectAccessible(page, "contacts");
    await page.getByRole("button", { name: "Delete: Ida Post" }).click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Ida Post is deleted.").waitFor();
    const { items } = await api<Listed<{ name: string }>>("GET", `/contacts?customerId=${customer.id}`);
    expect(items.map(({ name }) => name)).not.toContain("Ida Post");
  });
});

describe("trials, enrolment keys and the watchlist", { timeout: 120_000 }, () => {
  test("a customer in trial goes into production", async () => {
    const { reseller } = stage();
    const own = await api("POST", "/customers", {
      parentId: reseller.id,
      name: "Reiterhof Nord",
      email: "office@reiterhof.example",
      country: "DE",
      inTrial: true,
    });
    const page = await openConsole("reseller", { path: `/n/${reseller.id}/trials` });
    await page.getByRole("row", { name: /Reiterhof Nord.*30 days left/ }).waitFor();
    await expectAccessible(page, "trials");
    await shoot(page, "trials");
    await page.getByRole("button", { name: "Begin production: Reiterhof Nord" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Begin production" }).click();
    await page.getByText("Reiterhof Nord is in production.").waitFor();
    expect((await api<{ trial: unknown }>("GET", `/customers/${own.id}`)).trial).toBeNull();
  });

  test("an enrolment key is shown once, lets a computer in, which waits on the watchlist, and is revoked", async () => {
    const { reseller } = stage();
    const own = await api<{ customerId: string }>("POST", "/accounts", {
      customer: { parentId: reseller.id, name: "Bakkerij Zilver", email: "info@zilver.example", country: "DE" },
      plan: "select",
      username: "zilver",
      password: "a kettle on the boil",
    });
    const page = await openConsole("reseller", { path: `/n/${own.customerId}/enrolment` });
    await page.getByRole("button", { name: "Create key" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill("roll-out");
    await dialog.getByRole("button", { name: "Create key" }).click();
    const enrolmentKey = await dialog.locator("code").innerText();
    expect(enrolmentKey).toMatch(/^te_/);
    await expectAccessible(page, "enrolment key");
    await dialog.getByRole("button", { name: "Done" }).click();
    await api("POST", "/agent/enrol", {
      enrolmentKey,
      machineId: "zilver-1",
      name: "OVEN-PC",
      kind: "workstation",
      os: "Windows 11",
    });
    await page.getByRole("button", { name: "Revoke: roll-out" }).click();
    await dialog.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("row", { name: /roll-out.*Revoked/ }).waitFor();

    await page.goto(`/console/n/${own.customerId}/watchlist`);
    await page.getByRole("row", { name: /OVEN-PC.*Waits for approval.*Bakkerij Zilver/ }).waitFor();
    await expectAccessible(page, "watchlist");
    await page.getByRole("link", { name: "OVEN-PC" }).click();
    await page.getByText("The device waits for approval").waitFor();
    await page.getByRole("button", { name: "Approve" }).first().click();
    await dialog.getByRole("button", { name: "Approve" }).click();
    await page.getByText("OVEN-PC is approved and may back up.").waitFor();
    const { items } = await api<Listed<{ state: string }>>("GET", `/devices?customerId=${own.customerId}`);
    expect(items.map(({ state }) => state)).toEqual(["active"]);
  });
});
