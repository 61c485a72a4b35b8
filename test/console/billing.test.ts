import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

const party = { name: "Nordlicht Backup", address: "Kai 1", postcode: "20457", city: "Hamburg", country: "DE" };

const id = (prefix: string, nth: number): string => `${prefix}_${String(nth).padStart(26, "0")}`;
const line = (customer: string, nth: number, item: object, days: number, amount: number) => ({
  customerId: id("cus", nth),
  customerName: customer,
  item,
  from: "2026-11-01",
  to: `2026-11-${days}`,
  days,
  daysInMonth: 30,
  pricesFrom: "2020-01-01",
  freeUnits: 0,
  parts: [
    { over: 0, upTo: 5, unitPrice: "900", charged: "150" },
    { over: 5, upTo: null, unitPrice: "750", charged: "60" },
  ],
  runs: [
    { from: "2026-11-01", to: "2026-11-10", value: 6 },
    { from: "2026-11-11", to: `2026-11-${days}`, value: 7 },
  ],
  tax: { kind: "standard", percent: "19" },
  amount,
});
const lines = [
  line("Gasthof Post", 1, { kind: "device", device: "server" }, 30, 9_000),
  line("Gasthof Post", 1, { kind: "licence" }, 30, 1_500),
  line("Zahnarzt Müller", 2, { kind: "device", device: "laptop" }, 20, 2_500),
];
/** Has the API answer as if a month had been invoiced: nobody waits for it to end. */
async function withInvoices(page: Page): Promise<{ asked: string[] }> {
  const { provider, reseller } = stage();
  const invoice = {
    id: id("inv", 1),
    version: 1,
    kind: "invoice",
    status: "issued",
    number: "NL-2026-00001",
    issuedOn: "2026-12-01",
    dueOn: "2026-12-15",
    paidOn: null,
    voidedOn: null,
    credits: null,
    creditedBy: null,
    voidReason: null,
    issuerId: provider.id,
    payerId: reseller.id,
    payerName: reseller.name,
    seller: party,
    buyer: party,
    recipient: "books@reseller.example",
    language: "de",
    paymentTermsDays: 14,
    pricePlanId: id("prp", 1),
    currency: "EUR",
    period: { from: "2026-11-01", to: "2026-11-30" },
    subtotal: 13_000,
    discounts: [],
    net: 13_000,
    taxes: [{ kind: "standard", percent: "19", reason: null, base: 13_000, amount: 2_470 }],
    total: 15_470,
    findings: [
      {
        code: "trial",
        customerId: id("cus", 2),
        days: [{ from: "2026-11-01", to: "2026-11-10" }],
        subject: null,
      },
    ],
    findingCount: 1,
    lineCount: 3,
    createdAt: "2026-12-01T05:00:00.000Z",
    updatedAt: "2026-12-01T05:00:00.000Z",
  };
  const asked: string[] = [];
  let status = "issued";
  const now = () => ({ ...invoice, status, ...(status === "paid" && { paidOn: "2026-12-10" }) });
  await page.route(/\/v1\/invoices\?/, (route) => route.fulfill({ json: { items: [now()], nextCursor: null } }));
  await page.route(/\/v1\/invoice-totals\?/, (route) =>
    route.fulfill({
      json: {
        totals: [{ currency: "EUR", status, kind: "invoice", invoices: 1, net: 13_000, tax: 2_470, total: 15_470 }],
        payers: [],
        months: [],
      },
    }),
  );
  await page.route(/\/v1\/invoices\/inv_\w+$/, (route) => route.fulfill({ json: now() }));
  await page.route(/\/v1\/invoices\/inv_\w+\/lines/, (route) =>
    route.fulfill({ json: { items: lines, nextCursor: null } }),
  );
  await page.route(/\/v1\/invoices\/inv_\w+\/payment/, (route) => {
    asked.push(`${route.request().method()} payment`);
    status = "paid";
    return route.fulfill({ json: now() });
  });
  return { asked };
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

test("invoices are listed with their sum; each is traced to days, and marked as paid", async () => {
  const { provider, reseller } = stage();
  const page = await openConsole("provider");
  const { asked } = await withInvoices(page);
  await page.goto(`/console/n/${provider.id}/invoices`);
  await page.getByText("Total €154.70 (1)").waitFor();
  await shoot(page, "invoices");
  await page.getByRole("link", { name: `NL-2026-00001, ${reseller.name}` }).click();
  const panel = page.getByRole("dialog", { name: "Invoices" });
  await panel.getByText("Gasthof Post").waitFor();
  await panel.getByText("In trial, which is not charged").waitFor();
  await panel.getByRole("button", { name: "Show the days of Gasthof Post Servers" }).click();
  await panel.getByText("up to 5 units").waitFor();
  await expectAccessible(page, "an invoice");
  await shoot(page, "invoice");
  await panel.getByRole("button", { name: "Mark as paid" }).click();
  await page
    .getByRole("dialog", { name: /Mark NL-2026-00001 as paid/ })
    .getByRole("button", { name: "Mark as paid" })
    .click();
  await expect.poll(() => asked).toEqual(["POST payment"]);
});

test("an end-customer's billing is not the provider's business, and a reseller sees what it has received", async () => {
  const { customer, reseller } = stage();
  const page = await openConsole("provider", { path: `/n/${customer.id}/billing` });
  await page.getByText("“Billing” is not available here").waitFor();
  const own = await openConsole("reseller", { path: `/n/${reseller.id}/invoices` });
  await own.getByText("No invoices here").waitFor();
  await own.getByText("Received", { exact: true }).click();
  await expect.poll(() => new URL(own.url()).searchParams.get("received")).toBe("true");
  await own.getByText("No invoices here").waitFor();
  await expectAccessible(own, "invoices without any");
});
