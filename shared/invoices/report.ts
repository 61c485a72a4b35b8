import { monthOf } from "../domain/billing/days.ts";
import type { InvoiceLanguage } from "../domain/billing/invoice-config.ts";
import { type InvoiceHead, totalsOf } from "../domain/billing/invoice-head.ts";
import { html, type Markup, markupText } from "../mail/html.ts";
import { invoiceFormats } from "./formats.ts";
import { reportTexts } from "./report-texts.ts";

const cell = "padding:6px 8px 6px 0;vertical-align:top;word-break:break-word;text-align:left";
const figure = "padding:6px 0 6px 8px;vertical-align:top;text-align:right;white-space:nowrap";
const line = "border-top:1px solid #d9d9d9";

type Row = readonly { text: string; isFigure: boolean }[];
const text = (value: string): Row[number] => ({ text: value, isFigure: false });
const number = (value: string): Row[number] => ({ text: value, isFigure: true });

const table = (head: Row, rows: readonly Row[]): Markup =>
  html`<table width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse">
    <thead>
      <tr>
        ${head.map((one) => html`<th scope="col" style="${one.isFigure ? figure : cell}">${one.text}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr style="${line}">
            ${row.map((one) => html`<td style="${one.isFigure ? figure : cell}" dir="auto">${one.text}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;

/** An invoice report as an HTML document: what the invoices come to, and each of them. */
export function reportHtml(
  invoices: readonly InvoiceHead[],
  { from, to }: { from: string; to: string },
  language: InvoiceLanguage,
): string {
  const { title, none, totals, invoices: heading, columns, kinds, statuses, draft } = reportTexts[language];
  const sums = totalsOf(invoices).map((total): Row => {
    const { money } = invoiceFormats(language, total.currency);
    const sign = total.kind === "credit-note" ? -1 : 1;
    return [
      text(`${kinds[total.kind]}, ${statuses[total.status]}`),
      number(String(total.invoices)),
      ...[total.net, total.tax, total.total].map((amount) => number(money(sign * amount))),
    ];
  });
  const rows = invoices.map((invoice): Row => {
    const { money, day } = invoiceFormats(language, invoice.currency);
    const sign = invoice.kind === "credit-note" ? -1 : 1;
    return [
      text(invoice.number ?? draft),
      text(monthOf(invoice.period.from)),
      text(invoice.payerName),
      text(statuses[invoice.status]),
      text(invoice.dueOn === null ? "" : day(invoice.dueOn)),
      number(money(sign * invoice.net)),
      number(money(sign * invoice.total)),
    ];
  });
  const headOf = (names: readonly (keyof typeof columns)[], figures: number): Row =>
    names.map((name, at) => ({ text: columns[name], isFigure: at >= names.length - figures }));
  return markupText(
    html`<!doctype html>
      <html lang="${language}" dir="ltr">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${title(from, to)}</title>
        </head>
        <body style="margin:0;padding:24px;background-color:#ffffff">
          <div
            style="max-width:960px;margin:0 auto;font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:21px;color:#1f1f1f"
          >
            <h1 style="font-size:22px;line-height:28px">${title(from, to)}</h1>
            ${
              rows.length === 0
                ? html`<p>${none}</p>`
                : html`<h2 style="font-size:17px">${totals}</h2>
                    ${table(headOf(["status", "count", "net", "tax", "total"], 4), sums)}
                    <h2 style="font-size:17px">${heading}</h2>
                    ${table(headOf(["number", "month", "payer", "status", "due", "net", "total"], 2), rows)}`
            }
          </div>
        </body>
      </html> `,
  );
}
