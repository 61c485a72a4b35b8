import { expect, test } from "vitest";
import { type PrintedInvoice, printedLines, sumLines } from "../../shared/domain/billing/condense.ts";
import type { InvoiceLine } from "../../shared/domain/billing/invoice.ts";
import { eInvoice } from "../../shared/invoices/e-invoice.ts";
import { invoiceSheet } from "../../shared/invoices/sheet.ts";
import { issuedInvoice } from "./invoices.ts";

/* An invoice of more lines than anybody reads: its documents have their sums. */

const sumOf = (lines: readonly InvoiceLine[]): number => lines.reduce((sum, { amount }) => sum + amount, 0);
const spaced = (text: string): string => text.replaceAll("\u00a0", " ");
/** The invoice as if its lines were too many, read in pages. */
function summedUp(customers: number, language: "en" | "de"): { whole: PrintedInvoice; printed: PrintedInvoice } {
  const whole = issuedInvoice(customers, language);
  const sums = sumLines();
  for (let at = 0; at < whole.lines.length; at += 7) sums.add(whole.lines.slice(at, at + 7));
  return { whole, printed: { ...whole, lines: sums.lines(), lineCount: whole.lines.length } };
}

test("there is one line for each thing that is charged, with what all customers had of it", () => {
  const { whole, printed } = summedUp(60, "en");
  expect(whole.lines).toHaveLength(180);
  const { lines } = printed;
  expect(lines.map(({ item }) => (item.kind === "device" ? item.device : item.kind))).toEqual([
    "storage",
    "laptop",
    "server",
  ]);
  expect(sumOf(lines)).toBe(sumOf(whole.lines));
  for (const { item, amount, parts } of lines) {
    const own = whole.lines.filter((line) => JSON.stringify(line.item) === JSON.stringify(item));
    expect(amount).toBe(sumOf(own));
    const charged = (of: readonly InvoiceLine["parts"][number][]): bigint =>
      of.reduce((sum, part) => sum + BigInt(part.charged), 0n);
    expect(charged(parts)).toBe(own.reduce((sum, line) => sum + charged(line.parts), 0n));
    expect(parts.map(({ over }) => over)).toEqual([...new Set(parts.map(({ over }) => over))]);
  }
  // 60 customers have 1, 2 or 3 servers each.
  const rows = invoiceSheet(printed).groups.flatMap((group) => group.rows);
  expect(rows.find(({ description }) => description === "Servers")).toMatchObject({ quantity: "120", days: "30/30" });
});

test.each([
  ["en", "This invoice has 180 lines. They are summed up here"],
  ["de", "Diese Rechnung hat 180 Positionen. Sie sind hier zusammengefasst"],
] as const)("the document says so, in %s", (language, says) => {
  const { whole, printed } = summedUp(60, language);
  const facts = (invoice: PrintedInvoice): string[] =>
    invoiceSheet(invoice).facts.map(({ value }) => spaced(value).slice(0, says.length));
  expect(facts(printed)).toContain(says);
  expect(facts(whole)).not.toContain(says);
  expect(invoiceSheet(printed).totals).toEqual(invoiceSheet(whole).totals);
  expect(invoiceSheet(printed).groups.map(({ customer }) => customer)).toEqual([null]);
});

test("the e-invoice has the sums as pieces at their amount, and the same totals", async () => {
  const { whole, printed } = summedUp(60, "de");
  const texts = (xml: string, name: string): string[] =>
    [...xml.matchAll(new RegExp(`<cbc:${name}[^>]*>([^<]*)<`, "g"))].map(([, text = ""]) => text);
  const [some, all] = [await eInvoice(printed, "UBL"), await eInvoice(whole, "UBL")];
  const [sum, ...lines] = texts(some, "LineExtensionAmount");
  expect(lines).toHaveLength(3);
  expect(sum).toBe(texts(all, "LineExtensionAmount")[0]);
  expect(texts(some, "PriceAmount")).toEqual(lines);
  expect(texts(some, "PayableAmount")).toEqual(texts(all, "PayableAmount"));
});

test("services that only one customer has each stand together once they are too many", () => {
  const [storage] = issuedInvoice(1, "en").lines;
  const sums = sumLines();
  for (let at = 0; at < printedLines + 500; at += 1)
    sums.add([{ ...storage!, item: { kind: "service", serviceId: `svc_${at}`, name: `Project ${at}` }, amount: 1 }]);
  const lines = sums.lines();
  expect(lines).toHaveLength(printedLines + 1);
  expect(lines.at(-1)).toMatchObject({ item: { name: "…" }, amount: 500 });
  expect(sumOf(lines)).toBe(printedLines + 500);
});
