import type { PrintedInvoice } from "../domain/billing/condense.ts";
import { html, type Markup, markupText } from "../mail/html.ts";
import { invoiceSheet, type InvoiceSheet, type SheetRow } from "./sheet.ts";

const ink = "#1f1f1f";
const quiet = "#595959";
const line = "#d9d9d9";
const cell = "padding:6px 8px 6px 0;vertical-align:top;word-break:break-word";
const figure = "padding:6px 0 6px 8px;vertical-align:top;text-align:right;white-space:nowrap";
const head = `border-bottom:2px solid ${ink};font-size:13px;color:${quiet}`;

const lines = (texts: readonly string[]): Markup[] => texts.map((text) => html`<div dir="auto">${text}</div>`);

const row = ({ description, details, quantity, price, days, amount }: SheetRow): Markup =>
  html`<tr style="border-top:1px solid ${line}">
    <td style="${cell}" dir="auto">
      ${description}${details.map((text) => html`<div style="font-size:13px;color:${quiet}">${text}</div>`)}
    </td>
    <td style="${figure}">${quantity}</td>
    <td style="${figure}">${price}</td>
    <td style="${figure}">${days}</td>
    <td style="${figure}">${amount}</td>
  </tr>`;

const group = ({ customer, rows }: InvoiceSheet["groups"][number]): Markup =>
  html`<tbody>
    ${
      customer === null
        ? null
        : html`<tr>
            <th colspan="5" scope="rowgroup" dir="auto" style="${cell};padding-top:16px;text-align:left">
              ${customer}
            </th>
          </tr>`
    }
    ${rows.map(row)}
  </tbody>`;

const total = ({ label, value, strong }: InvoiceSheet["totals"][number]): Markup => {
  const weight = strong ? `;font-weight:bold;border-top:2px solid ${ink}` : "";
  return html`<tr>
    <td colspan="4" style="${figure};white-space:normal${weight}">${label}</td>
    <td style="${figure}${weight}">${value}</td>
  </tr>`;
};

/** An invoice as an HTML document: tables and inline styles only, which mail clients and printers show alike. */
export function invoiceHtml(invoice: PrintedInvoice): string {
  const sheet = invoiceSheet(invoice);
  const { language, title, notice, seller, buyer, facts, columns, groups, totals, reasons, payment, footer } = sheet;
  const headings = [columns.description, columns.quantity, columns.price, columns.days, columns.amount];
  return markupText(
    html`<!doctype html>
      <html lang="${language}" dir="ltr">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light" />
          <meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no" />
          <title>${title}</title>
        </head>
        <body style="margin:0;padding:24px;background-color:#ffffff">
          <div
            style="max-width:760px;margin:0 auto;font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:21px;color:${ink}"
          >
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
              <tr>
                <td style="${cell}">${lines(buyer)}</td>
                <td style="${cell};text-align:right">${lines(seller)}</td>
              </tr>
            </table>
            <h1 style="margin:32px 0 8px 0;font-size:22px;line-height:28px">${title}</h1>
            ${
              notice === null
                ? null
                : html`<p
                    style="margin:0 0 16px 0;padding:8px 12px;border-left:4px solid #8a6d00;background-color:#fff8e1"
                  >
                    ${notice}
                  </p>`
            }
            <table role="presentation" cellpadding="0" cellspacing="0" border="0">
              ${facts.map(
                ({ label, value }) =>
                  html`<tr>
                    <td style="padding:2px 16px 2px 0;color:${quiet}">${label}</td>
                    <td style="padding:2px 0">${value}</td>
                  </tr>`,
              )}
            </table>
            <table
              width="100%"
              cellpadding="0"
              cellspacing="0"
              border="0"
              style="margin-top:24px;border-collapse:collapse"
            >
              <thead>
                <tr>
                  ${headings.map(
                    (text, at) =>
                      html`<th scope="col" style="${at === 0 ? `${cell};text-align:left` : figure};${head}">
                        ${text}
                      </th>`,
                  )}
                </tr>
              </thead>
              ${groups.map(group)}
              <tbody>
                <tr>
                  <td colspan="5" style="padding:8px 0 0 0;border-top:1px solid ${line}"></td>
                </tr>
                ${totals.map(total)}
              </tbody>
            </table>
            ${[...reasons, ...payment].map((text) => html`<p style="margin:12px 0 0 0" dir="auto">${text}</p>`)}
            <p
              style="margin:32px 0 0 0;padding-top:8px;border-top:1px solid ${line};font-size:13px;color:${quiet}"
              dir="auto"
            >
              ${footer}
            </p>
          </div>
        </body>
      </html> `,
  );
}
