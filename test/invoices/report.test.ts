import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { InvoiceHead } from "../../shared/domain/billing/invoice-head.ts";
import { reportHtml } from "../../shared/invoices/report.ts";
import { reportPdf } from "../../shared/invoices/report-pdf.ts";
import { reportSheet } from "../../shared/invoices/report-sheet.ts";
import { issuedInvoice } from "./invoices.ts";

const font = (name: string): Uint8Array =>
  readFileSync(createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`));
const fonts = { regular: font("DejaVuSansCondensed"), bold: font("DejaVuSansCondensed-Bold") };
const spaced = (text: string): string => text.replaceAll("\u00a0", " ");

const { lines, ...invoice } = issuedInvoice(1, "de");
const head = (changed: Partial<InvoiceHead>): InvoiceHead =>
  InvoiceHead.parse({
    ...invoice,
    version: 1,
    payerName: "Zahnarzt Müller",
    lineCount: lines.length,
    findingCount: 0,
    voidReason: null,
    createdAt: "2026-07-01T05:00:00.000Z",
    updatedAt: "2026-07-01T05:00:00.000Z",
    ...changed,
  });
const july = { from: "2026-07-01", to: "2026-07-31" };
const payerId = invoice.issuerId;
const heads = [
  head({ number: "RE-1", net: 10_000, total: 11_900, period: july }),
  head({ number: "RE-2", net: 200_050, total: 238_060, payerId, payerName: "Łódź & <Synowie>" }),
  head({ number: "RE-3", net: 10_000, total: 11_900, status: "void" }),
  head({ number: "RE-4", net: 10_000, total: 11_900, kind: "credit-note" }),
  head({ number: null, net: 500, total: 500, status: "draft", currency: "JPY", dueOn: null }),
];
const months = { from: "2026-06", to: "2026-07" };

describe("an invoice report", () => {
  test("adds up by state, customer and month, each currency on its own; what is given back is negative", () => {
    const { title, tables } = reportSheet(heads, months, "en");
    expect(title).toBe("Invoices for 2026-06 to 2026-07");
    const [totals, customers, byMonth, each] = tables.map(({ rows }) => rows.map((row) => row.map(spaced)));
    expect(totals).toEqual([
      ["Credit notes, issued", "1", "-EUR 100.00", "-EUR 19.00", "-EUR 119.00"],
      ["Invoices, issued", "2", "EUR 2,100.50", "EUR 399.10", "EUR 2,499.60"],
      ["Invoices, void", "1", "EUR 100.00", "EUR 19.00", "EUR 119.00"],
      ["Invoices, draft", "1", "JPY 500", "JPY 0", "JPY 500"],
    ]);
    expect(customers).toEqual([
      ["Zahnarzt Müller", "Credit notes, issued", "1", "-EUR 100.00", "-EUR 19.00", "-EUR 119.00"],
      ["", "Invoices, issued", "1", "EUR 100.00", "EUR 19.00", "EUR 119.00"],
      ["", "Invoices, void", "1", "EUR 100.00", "EUR 19.00", "EUR 119.00"],
      ["", "Invoices, draft", "1", "JPY 500", "JPY 0", "JPY 500"],
      ["Łódź & <Synowie>", "Invoices, issued", "1", "EUR 2,000.50", "EUR 380.10", "EUR 2,380.60"],
    ]);
    expect(byMonth?.map(([month, state]) => [month, state])).toEqual([
      ["2026-07", "Invoices, issued"],
      ["2026-06", "Credit notes, issued"],
      ["", "Invoices, issued"],
      ["", "Invoices, void"],
      ["", "Invoices, draft"],
    ]);
    expect(each?.map(([number]) => number)).toEqual(["RE-1", "RE-2", "RE-3", "RE-4", "Draft"]);
    for (const { columns, rows } of tables) for (const row of rows) expect(row).toHaveLength(columns.length);
  });

  test("is a page, with names as they are", () => {
    const page = reportHtml(reportSheet(heads, months, "de"));
    expect(page).toContain("Łódź &amp; &lt;Synowie&gt;");
    for (const text of ["Nach Kunden", "Nach Monaten", "Gutschriften, gestellt"]) expect(page).toContain(text);
    expect(reportHtml(reportSheet([], months, "de"))).toContain("Es gibt keine Rechnungen.");
  });

  test("is a PDF file of the same bytes each time, with a head on each page", async () => {
    const many = Array.from({ length: 200 }, (_, nth) => head({ number: `RE-${nth}`, net: nth, total: nth }));
    const made = (): Promise<Uint8Array> =>
      reportPdf(reportSheet([...heads, ...many], months, "de"), "2026-07-01", fonts);
    const [one, other] = [await made(), await made()];
    expect(Buffer.compare(one, other)).toBe(0);
    const text = Buffer.from(one).toString("latin1");
    const pages = text.match(/\/Type \/Page\n/g)?.length ?? 0;
    expect(pages).toBeGreaterThan(4);
    expect(pages).toBeLessThan(12);
    expect(text).toContain("pdfaid:part");
    const mapped = [...text.matchAll(/stream\r?\n/g)]
      .map(({ index, 0: { length } }) =>
        Buffer.from(text.slice(index + length, text.indexOf("endstream", index)), "latin1"),
      )
      .map((body) => {
        try {
          return inflateSync(body).toString("latin1");
        } catch {
          return "";
        }
      })
      .filter((body) => body.includes("beginbfrange"))
      .join("")
      .toLowerCase();
    for (const letter of "Łóź") expect(mapped).toContain(letter.codePointAt(0)!.toString(16).padStart(4, "0"));
  });
});
