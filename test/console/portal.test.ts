import { beforeAll, expect, test } from "vitest";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

let second: { id: string };
beforeAll(async () => {
  second = await api("POST", "/accounts", {
    parentAccountId: stage().account.id,
    username: "xaver@post.example",
    password: "nine badgers at dusk",
    contact: { name: "Xaver Post", email: "xaver@post.example" },
  });
});

test("a backup account sees its own devices and its space, and nothing of who sells to it", async () => {
  const { account, customer } = stage();
  const page = await openConsole("account");
  await page.waitForURL(/\/portal$/);
  await page.getByRole("heading", { level: 1, name: "Your backups" }).waitFor();
  await page.getByText(`${customer.name} · ${account.username}`).waitFor();
  for (const name of ["EMPFANG-1", "KUECHE", "BUERO-SERVER"]) await page.getByRole("link", { name }).waitFor();
  for (const hidden of ["Nussbaum", "Licence", "Customers", "Praxis Linde"])
    expect(await page.getByText(hidden).count()).toBe(0);
  expect(await page.getByRole("tree").count()).toBe(0);
  await expectAccessible(page, "portal");
  await shoot(page, "portal");

  await page.goto(`/console/n/${customer.id}/overview`);
  await page.getByRole("alert").waitFor();
});

test("a device's page says whether it may back up, and gives no access where nothing is stored", async () => {
  const page = await openConsole("account", { path: `/portal/devices/${stage().device.id}` });
  await page.getByRole("heading", { level: 1, name: "EMPFANG-1" }).waitFor();
  await page.getByText("This device may back up now.").waitFor();
  await page.getByRole("button", { name: "Give access" }).click();
  await page.getByText("Nothing has been stored yet, so there is nothing to restore.").waitFor();
  await expectAccessible(page, "device in the portal");
  await shoot(page, "portal-device");
});

test("the user sets a limit of his own", async () => {
  const page = await openConsole("account");
  await page.getByRole("button", { name: "Change your limit" }).click();
  await page.getByRole("textbox", { name: "Your own limit" }).fill("50");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Your own limit: 50 GB").waitFor();
  const { userQuotaBytes } = await api<{ userQuotaBytes: number }>("GET", `/accounts/${stage().account.id}`);
  expect(userQuotaBytes).toBe(50e9);
});

test("switches to another account of the customer, and back", async () => {
  const page = await openConsole("account");
  await page.getByLabel("Show another account").selectOption({ label: "xaver@post.example" });
  await page.getByText("No devices yet").waitFor();
  await page.reload();
  await page.getByText("Gasthof Post · xaver@post.example").waitFor();
  await page.getByLabel("Show another account").selectOption({ label: "vera@post.example" });
  await page.getByRole("link", { name: "EMPFANG-1" }).waitFor();
  expect(second.id).toMatch(/^acc_/);
});

test("a customer's user sees the own branch, and nothing of the seller", async () => {
  const { customer, reseller } = stage();
  const page = await openConsole("customer");
  await page.getByRole("heading", { level: 1, name: customer.name }).waitFor();
  await page.getByRole("region", { name: "Protected" }).waitFor();
  expect(await page.getByText("Nussbaum").count()).toBe(0);
  expect(await page.getByRole("treeitem").count()).toBeLessThanOrEqual(2);
  await expectAccessible(page, "a customer's user");
  await page.goto(`/console/n/${reseller.id}/overview`);
  await page.getByText("It does not exist, or it is outside of your organisation.").waitFor();
});
