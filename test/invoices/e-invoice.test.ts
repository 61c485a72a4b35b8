import { describe, expect, test } from "vitest";
import { type Invoice, voidInvoice } from "../../shared/domain/billing/invoice.ts";
import type { DomainError } from "../../shared/domain/terms/errors.ts";
import { eInvoice, eInvoiceFormats } from "../../shared/invoices/e-invoice.ts";
import { invoiceOf, june, ledgerDays, service, setting, version } from "../domain/billing/ledger.ts";
import { issuedInvoice } from "./invoices.ts";

/** The texts of an XML document's elements of one name, in order. */
const texts = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)</`, "g"))].map(([, text = ""]) => text);
const cents = (amounts: readonly string[]): number =>
  amounts.reduce((sum, amount) => sum + Math.round(Number(amount) * 100), 0);

describe.each(eInvoiceFormats)("an e-invoice in %s", (format) => {
  test("has the same text for the same invoice", async () => {
    expect(await eInvoice(issuedInvoice(2, "de"), format)).toBe(await eInvoice(issuedInvoice(2, "de"), format));
  });
  test("escapes what names hold", async () => {
    const invoice = { ...issuedInvoice(4, "en"), buyer: { ...issuedInvoice(1, "en").buyer, name: 'A & B <c> "d"' } };
    const xml = await eInvoice(invoice, format);
    expect(xml).toContain("A &amp; B &lt;c&gt;");
    expect(xml).toContain("Παπαδόπουλος");
  });
});

describe("by EN 16931", () => {
  const invoice = issuedInvoice(60, "en");
  test("in UBL the sums are those of the lines", async () => {
    const xml = await eInvoice(invoice, "UBL");
    const [sum, ...lines] = texts(xml, "LineExtensionAmount");
    expect(lines).toHaveLength(180);
    expect(cents([sum!])).toBe(cents(lines));
    const [exclusive, inclusive, allowances, payable, tax] = [
      "TaxExclusiveAmount",
      "TaxInclusiveAmount",
      "AllowanceTotalAmount",
      "PayableAmount",
      "TaxAmount",
    ].map((name) => cents(texts(xml, name).slice(0, 1)));
    expect(exclusive).toBe(cents(lines) - allowances!);
    expect(inclusive).toBe(exclusive! + tax!);
    expect([payable, payable]).toEqual([inclusive, invoice.total]);
    expect([...new Set(texts(xml, "InvoiceTypeCode"))]).toEqual(["380"]);
  });
  test("quantity times price by its base is the amount of each line", async () => {
    const xml = await eInvoice(invoice, "UBL");
    const [amounts, quantities, prices] = [
      texts(xml, "LineExtensionAmount").slice(1),
      texts(xml, "InvoicedQuantity"),
      texts(xml, "PriceAmount"),
    ];
    const items = [...xml.matchAll(/<cac:Price>(.*?)<\/cac:Price>/gs)].map(([, price = ""]) =>
      Number(texts(price, "BaseQuantity")[0] ?? 1),
    );
    expect([quantities, prices, items].map(({ length }) => length)).toEqual([180, 180, 180]);
    for (const [at, amount] of amounts.entries())
      expect(
        Math.abs((Number(quantities[at]) * Number(prices[at])) / items[at]! - Number(amount)),
        `line ${at + 1}`,
      ).toBeLessThanOrEqual(0.005_000_1);
  });
  test("in CII too there are all lines, and the total", async () => {
    const xml = await eInvoice(invoice, "CII");
    expect(texts(xml, "LineTotalAmount")).toHaveLength(181);
    expect(cents(texts(xml, "GrandTotalAmount"))).toBe(invoice.total);
    expect(texts(xml, "TypeCode")[0]).toBe("380");
    expect(texts(xml, "IBANID")).toEqual(["DE89370400440532013000"]);
  });
  test("a credit note names the invoice that it makes void", async () => {
    const { creditNote } = voidInvoice(
      issuedInvoice(1, "de"),
      { id: invoice.id, number: "RE-2026-00043" },
      "2026-07-09",
    );
    const xml = await eInvoice(creditNote, "CII");
    expect(texts(xml, "TypeCode")[0]).toBe("381");
    expect(texts(xml, "Content")).toEqual(["Storniert die Rechnung RE-2026-00042 vom 2026-07-03"]);
    expect(texts(xml, "IBANID")).toEqual([]);
    expect(await eInvoice(creditNote, "UBL")).toContain("<cbc:ID>RE-2026-00042</cbc:ID>");
  });
  test("a discount has a negative quantity, since a price cannot be negative", async () => {
    const services = [{ id: service, name: "Goodwill", quantity: 1, unitPrice: { amount: -250, currency: "EUR" } }];
    const prices = version({ licences: { unitPrice: "1000" }, taxPercent: "19" });
    const draft = invoiceOf(
      setting([prices]),
      ledgerDays(june, () => ({ services })),
    );
    const xml = await eInvoice(issuedLike(draft), "UBL");
    expect(texts(xml, "InvoicedQuantity")).toEqual(["30", "-1"]);
    expect(texts(xml, "PriceAmount").map(Number)).toEqual([10, 2.5]);
  });
  test("a reversed charge says so, and needs the buyer's VAT id", async () => {
    const taxExemption = { kind: "reverse-charge", reason: "Art. 196" } as const;
    const draft = invoiceOf(setting([version({ licences: { unitPrice: "1000" }, taxExemption })]), ledgerDays(june));
    await expect(eInvoice(issuedLike(draft), "UBL")).rejects.toMatchObject({
      code: "not_applicable",
      errors: [{ path: "buyer.vatId" }],
    });
    const known = issuedLike({ ...draft, buyer: { ...draft.buyer, vatId: "PL1234567890" } });
    const xml = await eInvoice(known, "UBL");
    expect(texts(xml, "TaxExemptionReasonCode")).toEqual(["VATEX-EU-AE"]);
    expect(texts(xml, "TaxExemptionReason")).toEqual(["Art. 196"]);
  });
  test("what it demands and an invoice has not is named, all at once", async () => {
    const { seller } = invoice;
    const bare = {
      ...invoice,
      status: "draft" as const,
      currency: "KWD",
      seller: { ...seller, vatId: null, email: null },
    };
    await expect(eInvoice(bare, "CII")).rejects.toMatchObject({
      code: "not_applicable",
      errors: ["status", "currency", "seller.vatId", "seller.email"].map((path) => ({ path })),
    });
  });
});

const issuedLike = (draft: Invoice): Invoice => {
  const { seller } = issuedInvoice(1, "en");
  return { ...draft, seller, status: "issued", number: "RE-2026-1", issuedOn: "2026-07-03", dueOn: "2026-07-17" };
};

test("a country that EN 16931 has no code for is refused by name", async () => {
  const invoice = issuedInvoice(1, "en");
  const toKosovo = { ...invoice, buyer: { ...invoice.buyer, country: "XK" as const } };
  const refused = await eInvoice(toKosovo, "UBL").then(
    () => null,
    (error: unknown) => error as DomainError,
  );
  expect(refused).toMatchObject({ code: "not_applicable" });
  expect(refused?.errors?.some(({ path }) => path.includes("IdentificationCode"))).toBe(true);
});
