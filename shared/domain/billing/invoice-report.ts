import { byteOrderMark, csvLine } from "../reports/csv.ts";
import { monthOf } from "./days.ts";
import { type InvoiceHead, type InvoiceTotal, totalsOf } from "./invoice-head.ts";
import { amountText } from "./money.ts";

/** What invoices come to: in all, by payer, and by month. */
export interface InvoiceReport {
  totals: InvoiceTotal[];
  payers: { payerId: string; payerName: string; totals: InvoiceTotal[] }[];
  months: { month: string; totals: InvoiceTotal[] }[];
}

/** Adds up invoices. Payers come by name, months the newest first. */
export function reportOf(invoices: readonly InvoiceHead[]): InvoiceReport {
  const payers = Map.groupBy(invoices, ({ payerId }) => payerId);
  const months = Map.groupBy(invoices, ({ period }) => monthOf(period.from));
  return {
    totals: totalsOf(invoices),
    payers: [...payers]
      .map(([payerId, those]) => ({ payerId, payerName: those[0]?.payerName ?? payerId, totals: totalsOf(those) }))
      .sort((one, other) => (one.payerName === other.payerName ? 0 : one.payerName < other.payerName ? -1 : 1)),
    months: [...months]
      .map(([month, those]) => ({ month, totals: totalsOf(those) }))
      .sort((one, other) => (one.month < other.month ? 1 : -1)),
  };
}

/** Columns of the CSV file of a list of invoices. Amounts are decimal numbers of the currency; those of a credit note are negative. */
export const invoiceListColumns = [
  "id",
  "kind",
  "status",
  "number",
  "credits",
  "month",
  "payer_id",
  "payer",
  "issued_on",
  "due_on",
  "paid_on",
  "currency",
  "net",
  "tax",
  "total",
] as const;

/** Invoices as a CSV file: a row for each. */
export function invoiceListCsv(invoices: readonly InvoiceHead[]): string {
  const rows = invoices.map((invoice) => {
    const { id, kind, status, number, credits, period, payerId, payerName, issuedOn, dueOn, paidOn, currency } =
      invoice;
    const sign = kind === "credit-note" ? -1 : 1;
    const [net, tax, total] = [invoice.net, invoice.total - invoice.net, invoice.total].map((amount) =>
      amountText(sign * amount, currency),
    );
    return csvLine([
      id,
      kind,
      status,
      number,
      credits?.number ?? null,
      monthOf(period.from),
      payerId,
      payerName,
      issuedOn,
      dueOn,
      paidOn,
      currency,
      net ?? null,
      tax ?? null,
      total ?? null,
    ]);
  });
  return byteOrderMark + [csvLine([...invoiceListColumns]), ...rows].join("");
}
