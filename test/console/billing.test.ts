import { readFile } from "node:fs/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InvoiceLine } from "../../shared/domain/billing/invoice.ts";
import { periodOfMonth } from "../../shared/domain/billing/run.ts";
import { putInvoice, serverLine } from "../support/books.ts";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

const lastMonth = (back: number): string => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
};
const month = lastMonth(2);
const period = periodOfMonth(month);
const issued = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 3)).toISOString().slice(0, 10);

let table: { documents: DynamoDBDocumentClient; tableName: string };
beforeAll(() => {
  const { endpoint, credentials, tableName } = stage().table;
  const client = new DynamoDBClient({ endpoint, credentials, region: "eu-central-1" });
  table = { documents: DynamoDBDocumentClient.from(client), tableName };
});
afterAll(() => table.documents.destroy());

/** Invoices of the provider, as the run of last month leaves them: nobody waits for a month to end. */
async function putInvoices(): Promise<void> {
  const { provider, reseller, rival } = stage();
  const line = (customer: string, nth: number, more: Partial<InvoiceLine>): InvoiceLine => ({
    ...serverLine(`cus_${String(nth).padStart(26, "0")}`, customer, period),
    ...more,
  });
  const tiers = [
    { over: 0, upTo: 5, unitPrice: "900", charged: "150" },
    { over: 5, upTo: null, unitPrice: "750", charged: "60" },
  ];
  const runs = [
    { from: `${month}-01`, to: `${month}-10`, value: 6 },
    { from: `${month}-11`, to: period.to, value: 7 },
  ];
  const lines = [
    line("Gasthof Post", 1, { parts: tiers, runs, amount: 9_000 }),
    line("Gasthof Post", 1, { item: { kind: "licence" }, amount: 1_500 }),
    line("Zahnarzt Müller", 2, { item: { kind: "device", device: "laptop" }, from: `${month}-11`, amount: 2_500 }),
  ];
  const days = [{ from: `${month}-01`, to: `${month}-10` }];
  const changed = {
    findings: [{ code: "trial" as const, customerId: lines[2]?.customerId ?? null, days, subject: null }],
    findingCount: 1,
  };
  const [own, other] = [
    { issuerId: provider.id, payerId: reseller.id, status: "issued" as const, text: reseller.name, month },
    { issuerId: provider.id, payerId: rival.id, status: "issued" as const, text: rival.name, month },
  ];
  await putInvoice({ table }, { ...own, lines, changed: { ...changed, number: "RE-1" } });
  await putInvoice({ table }, { ...other, changed: { number: "RE-2" } });
}

test("a seller says who issues its invoices", async () => {
  const { provider } = stage();
  const page = await openConsole("provider", { path: `/n/${provider.id}/invoices` });
  await page.getByText("No invoices here").waitFor();
  await page.getByRole("button", { name: "Details on invoices" }).click();
  const details = page.getByRole("dialog", { name: "Details on invoices" });
  await details.getByRole("button", { name: "Save" }).click();
  await details.getByText("Fill in this field.").first().waitFor();
  const typed = {
    Name: "Nordlicht Backup",
    "Street and number": "Kai 1",
    Postcode: "20457",
    City: "Hamburg",
    "VAT id": "DE123456789",
    IBAN: "DE89 3704 0044 0532 0130 01",
    "Prefix of the numbers": "NL",
  };
  for (const [name, text] of Object.entries(typed))
    await details.getByRole("textbox", { name, exact: true }).fill(text);
  await details.getByRole("combobox", { name: "Country" }).fill("Germany");
  await page.getByRole("option", { name: "Germany" }).click();
  await details.getByRole("button", { name: "Save" }).click();
  // The check digit is wrong, and the field says so.
  await details.getByText(/check digit/).waitFor();
  await details.getByRole("textbox", { name: "IBAN" }).fill("DE89 3704 0044 0532 0130 00");
  await expectAccessible(page, "details on invoices");
  await details.getByRole("button", { name: "Save" }).click();
  await details.waitFor({ state: "detached" });
  const issuer = await api<{ id: string; name: string; version: number; seller: { bank: { iban: string } } }>(
    "GET",
    "/invoice-issuer",
  );
  expect(issuer.seller.bank.iban).toBe("DE89370400440532013000");
});

test("a customer is invoiced by a form, and the preview says what this month would cost", async () => {
  const { reseller } = stage();
  await api("POST", "/price-plans", {
    name: "Resellers",
    currency: "EUR",
    versions: [{ validFrom: "2020-01-01", devices: { server: { unitPrice: "900" } }, taxPercent: "19" }],
  });
  const page = await openConsole("provider", { path: `/n/${reseller.id}/billing` });
  await page.getByText("Not invoiced yet").waitFor();
  await expectAccessible(page, "billing that is not set up");
  await page.getByRole("combobox", { name: "Price plan" }).click();
  await page.getByRole("option", { name: "Resellers" }).click();
  await page.getByRole("textbox", { name: "Invoices go to" }).fill("books@reseller.example");
  await page.getByRole("textbox", { name: "Street and number" }).fill("Weg 2");
  await page.getByRole("textbox", { name: "Postcode" }).fill("10115");
  await page.getByRole("textbox", { name: "City" }).fill("Berlin");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("There is nothing to charge").waitFor();
  await page.getByText("The month is not over").waitFor();
  const config = await api<{ id: string; name: string; version: number; recipient: string; nextRunAt: string }>(
    "GET",
    `/customers/${reseller.id}/invoice-config`,
  );
  expect(config.recipient).toBe("books@reseller.example");
  expect(Date.parse(config.nextRunAt)).toBeGreaterThan(Date.now());
  await expectAccessible(page, "billing");
  await shoot(page, "billing");
});

test("invoices are listed with their sum; each is traced to days, marked as paid, and made void", async () => {
  const { provider, reseller, rival } = stage();
  await putInvoices();
  const page = await openConsole("provider", { path: `/n/${provider.id}/invoices` });
  await page.getByText("Total €273.70 (2)").waitFor();
  await page.getByRole("combobox", { name: "Customer" }).click();
  await page.getByRole("option", { name: reseller.name }).click();
  await page.getByText("Total €154.70 (1)").waitFor();
  await page.getByRole("link", { name: `RE-2, ${rival.name}` }).waitFor({ state: "detached" });
  await expectAccessible(page, "invoices");
  await shoot(page, "invoices");
  await page.getByRole("link", { name: `RE-1, ${reseller.name}` }).click();
  const panel = page.getByRole("dialog", { name: "RE-1" });
  await panel.getByText("Gasthof Post").waitFor();
  await panel.getByText("In trial, which is not charged").waitFor();
  await panel.getByRole("button", { name: "Show the days of Gasthof Post Servers" }).click();
  await panel.getByText("up to 5 units").waitFor();
  await expectAccessible(page, "an invoice");
  await shoot(page, "invoice");

  await panel.getByRole("button", { name: "Mark as paid" }).click();
  const pay = page.getByRole("dialog", { name: "Mark RE-1 as paid?" });
  await pay.getByLabel("Paid on").fill("2099-01-01");
  await pay.getByRole("button", { name: "Mark as paid" }).click();
  await pay.getByText("That day has not come yet.").first().waitFor();
  await expectAccessible(page, "a payment that is refused");
  await pay.getByLabel("Paid on").fill(issued);
  await pay.getByRole("button", { name: "Mark as paid" }).click();
  await page.getByText("RE-1 is marked as paid.").waitFor();
  const invoices = () =>
    api<{
      items: { number: string; kind: string; status: string; paidOn: string | null; voidReason: string | null }[];
    }>("GET", `/invoices?from=${month}&to=${month}&payerId=${reseller.id}`);
  expect((await invoices()).items).toMatchObject([{ number: "RE-1", status: "paid", paidOn: issued }]);

  await panel.getByRole("button", { name: "Make void" }).click();
  const makeVoid = page.getByRole("dialog", { name: "Make RE-1 void?" });
  await makeVoid.getByRole("button", { name: "Make void" }).click();
  await makeVoid.getByText("Fill in this field.").waitFor();
  await makeVoid.getByRole("textbox", { name: "Reason" }).fill("Sent to the wrong address");
  await makeVoid.getByRole("button", { name: "Make void" }).click();
  await page.getByText(/RE-1 is void. The credit note is NL-\d{4}-00001/).waitFor();
  await panel.getByText("Sent to the wrong address").waitFor();
  expect((await invoices()).items).toMatchObject([
    { number: "RE-1", kind: "invoice", status: "void", voidReason: "Sent to the wrong address" },
    { kind: "credit-note", status: "issued" },
  ]);
});

test("the report adds up by customer and month, and is had as files; a month is ordered for one customer", async () => {
  const { provider, rival } = stage();
  const page = await openConsole("provider", { path: `/n/${provider.id}/invoices?from=${lastMonth(3)}&to=${month}` });
  await page.getByRole("button", { name: "Report" }).click();
  const panel = page.getByRole("dialog", { name: "Report" });
  await panel.getByRole("rowheader", { name: rival.name }).or(panel.getByText(rival.name)).first().waitFor();
  await expectAccessible(page, "the report of invoices");
  await shoot(page, "invoice-report");
  for (const [button, end] of [
    ["PDF", "pdf"],
    ["Page", "html"],
    ["CSV", "csv"],
  ] as const) {
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      panel.getByRole("button", { name: button, exact: true }).click(),
    ]);
    expect(file.suggestedFilename()).toBe(`Report ${lastMonth(3)} ${month}.${end}`);
    const content = await readFile(await file.path(), "latin1");
    if (end === "pdf") expect(content.slice(0, 5)).toBe("%PDF-");
    else expect(content).toContain("RE-2");
  }
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Invoice a month" }).click();
  const run = page.getByRole("dialog", { name: "Invoice a month" });
  // The one whose billing was set up before; the other customer is not invoiced.
  await run.getByRole("combobox", { name: "Customer" }).click();
  await page.getByRole("option", { name: stage().reseller.name }).click();
  // Last month may not have ended everywhere.
  await run.getByRole("combobox", { name: "Month" }).click();
  await page.getByRole("option").nth(1).click();
  await expectAccessible(page, "the run of a month");
  const [ordered] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/invoice-runs")),
    run.getByRole("button", { name: "Invoice a month" }).click(),
  ]);
  expect(await ordered.json()).toEqual({ month, payerId: stage().reseller.id });
  await page.getByText(/will be there in a few minutes/).waitFor();
});

test("an end-customer's billing is not the provider's business, and a reseller sees what it has received", async () => {
  const { customer, reseller } = stage();
  const page = await openConsole("provider", { path: `/n/${customer.id}/billing` });
  await page.getByText("“Billing” is not available here").waitFor();
  const own = await openConsole("reseller", { path: `/n/${reseller.id}/invoices` });
  await own.getByText("No invoices here").waitFor();
  await own.getByText("Received", { exact: true }).click();
  await expect.poll(() => new URL(own.url()).searchParams.get("received")).toBe("true");
  await own.getByRole("link", { name: "RE-1" }).click();
  const panel = own.getByRole("dialog", { name: "RE-1" });
  await panel.getByText("Gasthof Post").waitFor();
  await panel.getByRole("button", { name: "PDF" }).waitFor();
  // What is done with it is its seller's business.
  expect(await panel.getByRole("button", { name: /Make void|Mark as paid|Mail again/ }).count()).toBe(0);
  await expectAccessible(own, "an invoice that was received");
});
