import { monthOf } from "../domain/billing/days.ts";
import type { InvoiceLanguage } from "../domain/billing/invoice-config.ts";
import { type InvoiceHead, type InvoiceTotal } from "../domain/billing/invoice-head.ts";
import { reportOf } from "../domain/billing/invoice-report.ts";
import { type InvoiceFormats, invoiceFormats } from "./formats.ts";
import { reportTexts } from "./report-texts.ts";

/** A table of the report. The last `figures` columns are numbers. */
export interface ReportTable {
  heading: string;
  columns: string[];
  figures: number;
  rows: string[][];
}
/** What an invoice report says, in its language, whatever it is printed as. */
export interface ReportSheet {
  language: InvoiceLanguage;
  title: string;
  /** What stands there instead of tables; null: there are some. */
  none: string | null;
  tables: ReportTable[];
  page: (page: number, of: number) => string;
}

/** The sheet of a report: what invoices come to in all, by customer and by month, and each of them. Amounts of credit notes are negative. */
export function reportSheet(
  invoices: readonly InvoiceHead[],
  { from, to }: { from: string; to: string },
  language: InvoiceLanguage,
): ReportSheet {
  const texts = reportTexts[language];
  const { title, none, columns, kinds, statuses, draft, page } = texts;
  const known = new Map<string, InvoiceFormats>();
  const formats = (currency: string): InvoiceFormats => {
    const made = known.get(currency) ?? invoiceFormats(language, currency);
    known.set(currency, made);
    return made;
  };
  const sums = ({ kind, status, currency, invoices: count, net, tax, total }: InvoiceTotal): string[] => {
    const { money, quantity } = formats(currency);
    const sign = kind === "credit-note" ? -1 : 1;
    return [
      `${kinds[kind]}, ${statuses[status]}`,
      quantity(String(count)),
      ...[net, tax, total].map((amount) => money(sign * amount)),
    ];
  };
  const summed = [columns.status, columns.count, columns.net, columns.tax, columns.total];
  const report = reportOf(invoices);
  const each = invoices.map((invoice) => {
    const { money, day } = formats(invoice.currency);
    const sign = invoice.kind === "credit-note" ? -1 : 1;
    return [
      invoice.number ?? draft,
      monthOf(invoice.period.from),
      invoice.payerName,
      statuses[invoice.status],
      invoice.dueOn === null ? "" : day(invoice.dueOn),
      money(sign * invoice.net),
      money(sign * invoice.total),
    ];
  });
  const tables: ReportTable[] = [
    { heading: texts.totals, columns: summed, figures: 4, rows: report.totals.map(sums) },
    {
      heading: texts.byCustomer,
      columns: [columns.payer, ...summed],
      figures: 4,
      rows: report.payers.flatMap(({ payerName, totals }) =>
        totals.map((one, at) => [at === 0 ? payerName : "", ...sums(one)]),
      ),
    },
    {
      heading: texts.byMonth,
      columns: [columns.month, ...summed],
      figures: 4,
      rows: report.months.flatMap(({ month, totals }) =>
        totals.map((one, at) => [at === 0 ? month : "", ...sums(one)]),
      ),
    },
    {
      heading: texts.invoices,
      columns: [columns.number, columns.month, columns.payer, columns.status, columns.due, columns.net, columns.total],
      figures: 2,
      rows: each,
    },
  ];
  const isEmpty = invoices.length === 0;
  return { language, title: title(from, to), none: isEmpty ? none : null, tables: isEmpty ? [] : tables, page };
}
