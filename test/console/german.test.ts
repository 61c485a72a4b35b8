import { expect, test } from "vitest";
import { problems } from "../../console/src/texts/de/problems.ts";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

test("a refusal is told in German, at its field", async () => {
  const { reseller, rival } = stage();
  const page = await openConsole("reseller", { path: `/n/${reseller.id}/add`, language: "de" });
  // A name is nobody else's in the whole installation.
  await page.getByRole("textbox", { name: /^Name/ }).first().fill(rival.name);
  await page.getByLabel("E-Mail-Adresse").first().fill("neu@kunde.example");
  await page.getByRole("button", { name: "Kunden anlegen" }).click();
  await page.getByText(problems.byCode.name_taken).first().waitFor();
  expect(await page.getByRole("main").innerText()).not.toMatch(/\b(?:already|taken|another)\b/i);
  await expectAccessible(page, "a refusal in German");
  await shoot(page, "refusal-de");
});

test("so are the findings of an import", async () => {
  const { reseller } = stage();
  const page = await openConsole("reseller", { path: `/n/${reseller.id}/imports`, language: "de" });
  const book = ["kind,externalRef,parent,name,email,country", "customer,DE-1,,Weingut Steil,nobody,XX"].join("\r\n");
  await page
    .locator("input[type=file]")
    .first()
    .setInputFiles({ name: "buch.csv", mimeType: "text/csv", buffer: Buffer.from(book) });
  await page.getByRole("button", { name: "Datei prüfen" }).click();
  const row = page.getByRole("row", { name: /Weingut Steil/ });
  await row.waitFor();
  expect(await row.innerText()).toMatch(/email: .*country: /s);
  expect(await row.innerText()).not.toMatch(/\b(?:must|invalid|code)\b/i);
});

test("so are the reasons why a row of a task was refused", async () => {
  const { reseller, customer } = stage();
  const sealed = await api("POST", "/customers", {
    parentId: reseller.id,
    name: "Sattlerei Riem",
    email: "riem@kunde.example",
    country: "DE",
    deviceLimit: 0,
  });
  const account = await api("POST", "/accounts", {
    customerId: customer.id,
    plan: "basic",
    username: "riem@kunde.example",
    password: "a saddle of old leather",
    contact: { name: "Rosa Riem", email: "riem@kunde.example" },
  });
  await api("POST", "/devices", {
    accountId: account.id,
    machineId: "riem-1",
    name: "RIEM",
    kind: "workstation",
    os: "Windows 11",
  });
  const page = await openConsole("reseller", {
    path: `/n/${reseller.id}/move?what=accounts&ids=${account.id}`,
    language: "de",
  });
  await page
    .getByText(/riem@kunde\.example/)
    .first()
    .waitFor();
  const target = page
    .getByRole("combobox", { name: "Kunde oder Standort" })
    .or(page.getByLabel("Kunde oder Standort"))
    .first();
  await target.fill("Sattl");
  await page.getByRole("option", { name: new RegExp(sealed.name) }).click();
  await page.getByText(problems.byCode.device_limit).first().waitFor();
  expect(await page.getByRole("main").innerText()).not.toMatch(/\bdevices\b/);
});
