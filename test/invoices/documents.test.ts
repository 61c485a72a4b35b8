import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { type Invoice, voidInvoice } from "../../shared/domain/billing/invoice.ts";
import { invoiceColumns, invoiceCsv } from "../../shared/invoices/csv.ts";
import { invoiceFormats } from "../../shared/invoices/formats.ts";
import { invoiceHtml } from "../../shared/invoices/html.ts";
import { invoiceSheet } from "../../shared/invoices/sheet.ts";
import { invoiceOf, june, ledgerDays, service, setting, version } from "../domain/billing/ledger.ts";
import { issuedInvoice } from "./invoices.ts";

const spaced = (text: string): string => text.replaceAll("\u00a0", " ");
const note = (invoice: Invoice) => voidInvoice(invoice, { id: invoice.id, number: "RE-2026-00043" }, "2026-07-09");

describe("formats", () => {
  test.each([
    ["en", "EUR", "EUR 1,234.56"],
    ["de", "EUR", "1.234,56 EUR"],
    ["en", "JPY", "JPY 123,456"],
    ["en", "KWD", "KWD 123.456"],
  ])("in %s, 123456 minor units of %s are %s", (language, currency, written) => {
    expect(spaced(invoiceFormats(language, currency).money(123_456))).toBe(written);
  });
  test("prices keep their decimals, and percentages theirs", () => {
    const formats = invoiceFormats("de", "EUR");
    expect(["1000", "299.5", "0.0125"].map((price) => spaced(formats.price(price)))).toEqual([
      "10,00 EUR",
      "2,995 EUR",
      "0,000125 EUR",
    ]);
    expect(["19", "7.7", "0"].map((percent) => spaced(formats.percent(percent)))).toEqual(["19 %", "7,7 %", "0 %"]);
  });
  test("days are those of the calendar, wherever the program runs", () => {
    expect(spaced(invoiceFormats("en", "EUR").period({ from: "2026-02-01", to: "2026-02-28" }))).toBe(
      "01 Feb 2026 – 28 Feb 2026",
    );
  });
});

describe("the sheet of an invoice", () => {
  test.each([
    ["en", "Invoice RE-2026-00042", ["Storage, average", "Laptops", "Servers"], "Please pay EUR 23.22 by 17 Jul 2026."],
    [
      "de",
      "Rechnung RE-2026-00042",
      ["Speicherplatz im Mittel", "Laptops", "Server"],
      "Bitte zahlen Sie 23,22 EUR bis zum 17. Juli 2026.",
    ],
  ] as const)("in %s says what is charged, and what is to be paid by when", (language, title, items, payment) => {
    const sheet = invoiceSheet(issuedInvoice(1, language));
    expect(sheet.title).toBe(title);
    expect(sheet.groups.flatMap(({ rows }) => rows.map(({ description }) => description))).toEqual(items);
    expect(sheet.payment.map(spaced)[0]).toBe(payment);
    expect(sheet.notice).toBeNull();
  });
  test("names tiers, free units and the days where they are not the period's", () => {
    const sheet = invoiceSheet(issuedInvoice(60, "en"));
    const details = sheet.groups.find(({ customer }) => customer?.endsWith(" 58"))!.rows[0]!.details.map(spaced);
    expect(details).toEqual(["10 GB included free of charge", "50 GB at EUR 0.10", "33.5 GB at EUR 0.0425"]);
    const days = ledgerDays(june, (day) => ({ trial: day < "2026-06-16" }));
    const half = invoiceSheet(invoiceOf(setting([version({ licences: { unitPrice: "100" } })]), days));
    expect(half.groups[0]!.rows[0]).toMatchObject({ days: "15/30", details: [expect.stringContaining("16")] });
  });
  test("has totals that follow from each other", () => {
    expect(invoiceSheet(issuedInvoice(1, "en")).totals.map(({ label, value }) => [label, value].map(spaced))).toEqual([
      ["Subtotal", "EUR 20.54"],
      ["Discount 5%", "-EUR 1.03"],
      ["Total without VAT", "EUR 19.51"],
      ["VAT 19% on EUR 19.51", "EUR 3.71"],
      ["Total", "EUR 23.22"],
    ]);
  });
  test("of a draft, a void invoice and a credit note is not to be paid, and says why", () => {
    const draft = invoiceOf(setting([version({})]), []);
    expect([invoiceSheet(draft).notice, invoiceSheet(draft).payment]).toEqual([
      "Draft. This is not an invoice. There is nothing to charge.",
      [],
    ]);
    const { invoice, creditNote } = note(issuedInvoice(1, "de"));
    expect([invoiceSheet(invoice).notice, invoiceSheet(invoice).payment]).toEqual([
      "Storniert. Eine Stornorechnung ist erstellt.",
      [],
    ]);
    const credit = invoiceSheet(creditNote);
    expect([credit.title, credit.notice, credit.payment.map(spaced)]).toEqual([
      "Stornorechnung RE-2026-00043",
      null,
      ["Wir schreiben Ihnen 23,22 EUR gut."],
    ]);
    expect(credit.facts.map(({ value }) => spaced(value))).toContain(
      "Storniert die Rechnung RE-2026-00042 vom 03. Juli 2026",
    );
  });
  test("tells why there is no tax", () => {
    const taxExemption = { kind: "reverse-charge", reason: "Art. 196 VAT directive" } as const;
    const sheet = invoiceSheet(
      invoiceOf(setting([version({ taxExemption, licences: { unitPrice: "100" } })]), ledgerDays(june)),
    );
    expect(sheet.reasons).toEqual(["Reverse charge", "Art. 196 VAT directive"]);
    expect(sheet.totals.map(({ label }) => spaced(label))).toContain("No VAT on EUR 1.00");
  });
});

describe("as CSV", () => {
  const rows = (invoice: Invoice): Record<string, string>[] =>
    parse([...invoiceCsv(invoice)].join(""), { columns: true });
  test("the rows add up to the total", () => {
    const invoice = issuedInvoice(60, "en");
    const table = rows(invoice);
    const sum = (kind: string): number =>
      table.filter(({ row }) => row === kind).reduce((all, { amount }) => all + Number(amount), 0);
    expect(Object.keys(table[0]!)).toEqual([...invoiceColumns]);
    expect(sum("line") - sum("discount")).toBe(sum("net"));
    expect(sum("net") + sum("tax")).toBe(sum("total"));
    expect(sum("total")).toBe(invoice.total);
    expect(table.filter(({ row }) => row === "line")).toHaveLength(180);
  });
  test("each amount can be calculated again from its row, or from its tiers", () => {
    const table = rows(issuedInvoice(60, "en"));
    let [at, checked] = [0, 0];
    while (table[at]?.row === "line") {
      const own = table[at]!;
      let end = at + 1;
      while (table[end]?.row === "tier") end += 1;
      const parts = end - at > 1 ? table.slice(at + 1, end) : [own];
      // Ten-thousandths of a minor unit, and whole numbers throughout.
      const exact = parts.reduce(
        (all, { unit_price, charged }) => all + BigInt(Math.round(Number(unit_price) * 10_000)) * BigInt(charged!),
        0n,
      );
      const per = 10_000n * BigInt(own["days_in_month"]!) * (own["unit"] === "GB" ? 1_000_000_000n : 1n);
      expect(Number((2n * exact + per) / (2n * per))).toBe(Number(own["amount"]));
      checked += 1;
      at = end;
    }
    expect(checked).toBe(180);
  });
  test("a name is no formula, and a discount is a number", () => {
    const services = [{ id: service, name: "=1+1", quantity: 1, unitPrice: { amount: -250, currency: "EUR" } }];
    const days = ledgerDays(june, () => ({ services, name: "+49 30" }));
    const [line] = rows(invoiceOf(setting([version({})]), days));
    expect(line).toMatchObject({ subject: "'=1+1", customer: "'+49 30", unit_price: "-250", amount: "-250" });
  });
});

describe("as HTML", () => {
  test("names are text", () => {
    const days = ledgerDays(june, () => ({ name: `<script>alert("x")</script>` }));
    const page = invoiceHtml(invoiceOf(setting([version({ licences: { unitPrice: "100" } })]), days));
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<script");
  });
  test("all lines and totals are in it, in its language", () => {
    const page = spaced(invoiceHtml(issuedInvoice(4, "de")));
    expect(page).toContain('<html lang="de"');
    for (const text of [
      "Rechnung RE-2026-00042",
      "Gżegżółka i Synowie",
      "Παπαδόπουλος",
      "«Київ»",
      "Preis pro Monat",
      "Gesamtbetrag",
    ])
      expect(page).toContain(text);
    expect(page.match(/30\/30/g)).toHaveLength(12);
  });
});
