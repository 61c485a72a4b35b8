import { beforeAll, describe, expect, test } from "vitest";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

interface Record {
  id: string;
  name: string;
  customerId: string;
  storageLocation: string;
  deletedAt: string | null;
  space: { limitBytes: number | null };
}
const customer = (name: string, more: object = {}) =>
  api<Record>("POST", "/customers", {
    parentId: stage().reseller.id,
    name,
    email: "office@zauber.example",
    country: "DE",
    ...more,
  });
const account = (customerId: string, username: string, plan = "select") =>
  api<Record>("POST", "/accounts", {
    customerId,
    plan,
    username,
    contact: { name: "Nora Nord", email: username },
  });
const accountsOf = async (customerId: string): Promise<string[]> =>
  (await api<{ items: Record[] }>("GET", `/accounts?customerId=${customerId}`)).items.map(({ id }) => id);

describe("customers", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    await api("PATCH", `/customers/${stage().provider.id}/settings`, { moves: { mergeAndSplit: true } });
  });

  test("are merged after a preview, by the rule of limits that was chosen, and parted again", async () => {
    const kept = await customer("Dachdecker First", { space: { limitBytes: 1e12 } });
    const emptied = await customer("Dachdecker Giebel", { space: { limitBytes: 5e11 } });
    const moved = await account(emptied.id, "giebel@dach.example");
    const page = await openConsole("reseller", { path: `/n/${kept.id}/move?what=merge` });
    await page.getByRole("textbox", { name: "Customer whose accounts come here" }).fill("Dachdecker G");
    await page.getByRole("option", { name: /^Dachdecker Giebel/ }).click();
    await page.getByRole("radio", { name: "Both together" }).check();
    await page.getByText(/^1 account, 0 devices and 0.B of data go to Dachdecker First/).waitFor();
    await expectAccessible(page, "a merge");
    await shoot(page, "merge");
    await page.getByRole("button", { name: "Merge", exact: true }).click();
    await page.getByText("The accounts have gone over").waitFor({ timeout: 30_000 });
    expect(await accountsOf(kept.id)).toContain(moved.id);
    expect((await api<Record>("GET", `/customers/${kept.id}`)).space.limitBytes).toBe(1.5e12);
    expect((await api<Record>("GET", `/customers/${emptied.id}`)).deletedAt).not.toBeNull();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText(/ been put back\.$/).waitFor({ timeout: 30_000 });
    expect(await accountsOf(emptied.id)).toEqual([moved.id]);
  });

  test("are split: chosen accounts go to a new one", async () => {
    const whole = await customer("Kanzlei Haupt & Neben");
    const [stays, goes] = [
      await account(whole.id, "haupt@kanzlei.example"),
      await account(whole.id, "neben@kanzlei.example", "basic"),
    ];
    const page = await openConsole("reseller", { path: `/n/${whole.id}/move?what=split` });
    await page.getByRole("checkbox", { name: /^neben@kanzlei\.example/ }).check();
    await page.getByLabel("Name of the new customer").fill("Kanzlei Neben");
    await page
      .getByText("1 account can be split off.")
      .or(page.getByText(/^1 account, 0 devices/))
      .first()
      .waitFor();
    await expectAccessible(page, "a split");
    await shoot(page, "split");
    await page.getByRole("button", { name: "Split off", exact: true }).click();
    await page
      .getByText("The accounts have gone over")
      .or(page.getByText("1 has been moved."))
      .waitFor({ timeout: 30_000 });
    expect(await accountsOf(whole.id)).toEqual([stays.id]);
    const { customerId } = await api<Record>("GET", `/accounts/${goes.id}`);
    expect((await api<Record>("GET", `/customers/${customerId}`)).name).toBe("Kanzlei Neben");
  });

  test("are never offered as a place below what cannot have them", async () => {
    const { reseller } = stage();
    const { id } = await customer("Tanzschule Walzer");
    const page = await openConsole("provider", { path: `/n/${reseller.id}/move?what=customers&ids=${id}` });
    await page.getByRole("textbox", { name: "New parent" }).fill("Nussbaum");
    await page.getByRole("option", { name: /^Nussbaum IT/ }).waitFor();
    expect(await page.getByRole("option", { name: /Default Customer/ }).count()).toBe(0);
  });
});

test("a backup set goes to another device of the same customer", { timeout: 120_000 }, async () => {
  const { account: owner } = stage();
  const [from, to] = await Promise.all(
    ["ALT-PC", "NEU-PC"].map((name) =>
      api<Record>("POST", "/devices", {
        accountId: owner.id,
        machineId: `wizard-${name}`,
        name,
        kind: "workstation",
        os: "Windows 11",
      }),
    ),
  );
  const set = await api<Record>("POST", "/backup-sets", {
    deviceId: from?.id,
    name: "Dokumente",
    selection: { include: ["C:\\Dokumente"] },
  });
  const page = await openConsole("operator", {
    path: `/n/${stage().customer.id}/move?what=backup-sets&from=${from?.id}`,
  });
  await page.getByRole("checkbox", { name: /^Dokumente/ }).check();
  await page.getByRole("textbox", { name: "Device", exact: true }).fill("NEU-PC");
  await page.getByRole("option", { name: /^NEU-PC/ }).click();
  await page.getByText("1 backup set can be moved.").waitFor();
  await page.getByRole("button", { name: "Move", exact: true }).click();
  await page.getByText(/^Moved\./).waitFor();
  expect((await api<{ deviceId: string }>("GET", `/backup-sets/${set.id}`)).deviceId).toBe(to?.id);
});

describe("storage of one's own", { timeout: 120_000 }, () => {
  test("is chosen, copied to a second server, and its data go to another by disk", async () => {
    const { reseller } = stage();
    for (const [name, host] of [
      ["Halle 1", "halle-1"],
      ["Halle 2", "halle-2"],
    ])
      await api("POST", "/storage-servers", {
        customerId: reseller.id,
        name,
        url: `https://${host}.nussbaum.example`,
      });
    const { id } = await customer("Druckerei Satz", { serviceType: "software-only" });
    const page = await openConsole("reseller", { path: `/n/${id}/storage` });
    const choice = page.getByLabel("Server that the devices use");
    await choice.selectOption({ label: "Halle 1" });
    await page.getByText("The server has been chosen.").waitFor();

    await page.getByLabel("Copies", { exact: true }).selectOption({ label: "On" });
    await page.getByRole("combobox", { name: "Second server" }).selectOption({ label: "Halle 2" });
    await page.getByRole("combobox", { name: "When" }).selectOption({ label: "Every day" });
    await page.getByLabel("At", { exact: true }).fill("02:30");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The copies have been set.").waitFor();
    const { own } = await api<{ own: object }>("GET", `/customers/${id}/replication`);
    expect(own).toMatchObject({ enabled: true, schedule: { frequency: "daily", at: "02:30" } });

    await page.getByLabel("To the server").selectOption({ label: "Halle 2" });
    await page.getByLabel("Note").fill("Two disks");
    await page.getByRole("button", { name: "Request migration" }).click();
    const migration = page.getByRole("group", { name: "From Halle 1 to Halle 2" });
    for (const step of ["Copying to disk", "Shipped", "Imported", "Devices switched", "Done"])
      await migration.getByRole("button", { name: `Record: ${step}` }).click();
    await migration
      .getByRole("listitem")
      .filter({ hasText: "Done" })
      .and(page.locator("[aria-current=step]"))
      .waitFor();
    await expectAccessible(page, "storage of one's own");
    await shoot(page, "own-storage");
    const { items } = await api<{ items: { state: string }[] }>("GET", `/seed-migrations?customerId=${id}`);
    expect(items.map(({ state }) => state)).toEqual(["done"]);
  });
});

test("support changes where data lie, with a reason; nobody else is offered it", { timeout: 120_000 }, async () => {
  const { id } = await customer("Galerie Rahmen");
  const asReseller = await openConsole("reseller", { path: `/n/${id}/storage` });
  await asReseller.getByText("Frankfurt").or(asReseller.getByText("Germany")).first().waitFor();
  expect(await asReseller.getByRole("button", { name: "Change storage location" }).count()).toBe(0);
  const page = await openConsole("support", { path: `/n/${id}/storage` });
  await page.getByRole("button", { name: "Change storage location" }).click();
  const dialog = page.getByRole("dialog", { name: "Where the data of Galerie Rahmen will lie" });
  await dialog.getByRole("button", { name: "Change storage location" }).click();
  await dialog.getByText("Fill in this field.").first().waitFor();
  const place = dialog.getByRole("combobox", { name: "Storage location" });
  await place.click();
  await place.fill("Switz");
  await page.getByRole("option", { name: "Switzerland" }).click();
  await dialog.getByLabel("Reason").fill("The customer's contract asks for it");
  await expectAccessible(page, "a change of the storage location");
  await shoot(page, "change-location");
  await dialog.getByRole("button", { name: "Change storage location" }).click();
  await page.getByText("New data of Galerie Rahmen will lie in Switzerland.").waitFor();
  expect((await api<Record>("GET", `/customers/${id}`)).storageLocation).toBe("CH");
});
