import { html, type Markup, markupText } from "../mail/html.ts";
import type { ReportSheet, ReportTable } from "./report-sheet.ts";

const cell = "padding:6px 8px 6px 0;vertical-align:top;word-break:break-word;text-align:left";
const figure = "padding:6px 0 6px 8px;vertical-align:top;text-align:right;white-space:nowrap";
const line = "border-top:1px solid #d9d9d9";

function table({ heading, columns, figures, rows }: ReportTable): Markup {
  const style = (at: number): string => (at >= columns.length - figures ? figure : cell);
  return html`<h2 style="font-size:17px">${heading}</h2>
    <table width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse">
      <thead>
        <tr>
          ${columns.map((one, at) => html`<th scope="col" style="${style(at)}">${one}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr style="${line}">
              ${row.map((one, at) => html`<td style="${style(at)}" dir="auto">${one}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>`;
}

/** An invoice report as an HTML document. */
export const reportHtml = ({ language, title, none, tables }: ReportSheet): string =>
  markupText(
    html`<!doctype html>
      <html lang="${language}" dir="ltr">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${title}</title>
        </head>
        <body style="margin:0;padding:24px;background-color:#ffffff">
          <div
            style="max-width:960px;margin:0 auto;font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:21px;color:#1f1f1f"
          >
            <h1 style="font-size:22px;line-height:28px">${title}</h1>
            ${none === null ? tables.map(table) : html`<p>${none}</p>`}
          </div>
        </body>
      </html> `,
  );
