import type { MailLook } from "../../domain/mail/mail.ts";
import { barColors } from "../bar-colors.ts";
import { html, httpsUrl, type Markup, markupText } from "../html.ts";
import type { Bar, Entry, Figure, ReportLetter, Section, Severity } from "./letter.ts";

/*
 * Tables, inline styles and background colours only: what mail clients show alike, without pictures. Each colour has words beside it that say the
 * same, and a contrast of 4.5 to white where it is text.
 */

const font = "font-family:Arial,Helvetica,sans-serif";
const ink = "#1f1f1f";
const quiet = "#595959";
const line = "#e3e3e3";
const colors: Record<Severity, string> = { bad: "#b3261e", warning: "#8a6d00", good: "#1b6e3c", none: "#3b4a5a" };
const table = (content: Markup | Markup[], style = ""): Markup =>
  html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="${style}">
    ${Array.isArray(content) ? content : [content]}
  </table>`;

/** The last one is an amount with its unit, so it is the widest. */
const figureWidths = ["28%", "28%", "44%"];
const figure = ({ label, value, note, change, severity }: Figure, place: number): Markup =>
  html`<td
    width="${figureWidths[place] ?? "33%"}"
    valign="top"
    style="padding:12px 8px 12px 0;border-top:3px solid ${colors[severity]}"
  >
    <div style="font-size:22px;line-height:28px;font-weight:bold;color:${colors[severity]};white-space:nowrap">
      ${value}
    </div>
    <div style="font-size:13px;line-height:18px;color:${ink};word-break:break-word">
      ${label}${note === null ? "" : ` ${note}`}
    </div>
    <div style="font-size:13px;line-height:18px;color:${quiet}">${change ?? ""}</div>
  </td>`;

const bar = ({ label, value, share, severity }: Bar): Markup => {
  const width = `${Math.max(2, Math.round(share * 100))}%`;
  return html`<tr>
    <td style="padding:4px 0 0 0;font-size:14px;line-height:20px;color:${ink}">
      ${label}: <strong>${value}</strong>
      ${table(
        html`<tr>
          <td bgcolor="#f0f0f0" style="padding:0;background-color:#f0f0f0;font-size:0;line-height:8px">
            <table
              role="presentation"
              width="${width}"
              cellpadding="0"
              cellspacing="0"
              border="0"
              style="width:${width}"
            >
              <tr>
                <td
                  height="8"
                  bgcolor="${colors[severity]}"
                  style="height:8px;background-color:${colors[severity]};font-size:0;line-height:8px"
                >
                  &nbsp;
                </td>
              </tr>
            </table>
          </td>
        </tr>`,
      )}
    </td>
  </tr>`;
};

/** Height of the tallest column of a trend, in pixels. */
const tallest = 40;
const trend = (values: readonly number[]): Markup => {
  const most = Math.max(...values, 1);
  const column = (value: number): Markup => {
    const height = String(Math.max(2, Math.round((value / most) * tallest)));
    return html`<td valign="bottom" align="center" style="padding:0 2px;font-size:11px;line-height:14px;color:${quiet}">
      ${String(value)}
      ${table(
        html`<tr>
          <td
            height="${height}"
            bgcolor="${value > 0 ? colors.bad : colors.good}"
            style="height:${height}px;background-color:${value > 0 ? colors.bad : colors.good};font-size:0;line-height:1px"
          >
            &nbsp;
          </td>
        </tr>`,
      )}
    </td>`;
  };
  return table(
    html`<tr>
      ${values.map(column)}
    </tr>`,
    "table-layout:fixed",
  );
};

/** Steps of a tree that move to the right; deeper ones stay there, since a phone is narrow. */
const indent = ({ depth }: Entry): number => Math.min(depth, 3) * 12;
const entry = (one: Entry): Markup =>
  html`<tr>
    <td style="padding:10px 0 10px ${String(indent(one))}px;border-top:1px solid ${line}">
      <div
        dir="auto"
        style="font-size:15px;line-height:20px;color:${ink};border-left:4px solid ${colors[one.severity]};padding-left:8px;word-break:break-word"
      >
        <strong>${one.title}</strong
        >${one.aside === null ? null : html`<span style="color:${quiet}"> · ${one.aside}</span>`}
        ${one.lines.map((text) => html`<div style="font-size:14px;line-height:20px;color:${ink}">${text}</div>`)}
      </div>
    </td>
  </tr>`;

const heading = (text: string): Markup =>
  html`<h2 style="margin:24px 0 8px 0;font-size:17px;line-height:24px;color:${ink}">${text}</h2>`;
const small = (text: string): Markup =>
  html`<p style="margin:12px 0 0 0;font-size:14px;line-height:20px;color:${ink};word-break:break-word">${text}</p>`;

const section = (one: Section): Markup => {
  switch (one.kind) {
    case "note":
      return small(one.text);
    case "bars":
      return html`${heading(one.title)}${table(one.bars.map(bar))}`;
    case "trend":
      return html`${heading(one.title)}${trend(one.values)}`;
    case "entries":
      return html`${heading(one.title)}${table(one.entries.map(entry))}${one.more === null ? null : small(one.more)}`;
  }
};

/** Where a reader finds more, or less. */
export interface ReportLinks {
  unsubscribe: { label: string; url: string } | null;
  support: { label: string; url: string | null };
}
const link = (label: string, url: string): Markup =>
  html`<p style="margin:8px 0 0 0;font-size:13px;line-height:18px">
    <a href="${url}" style="color:#0b57d0">${label}</a>
  </p>`;

/** A report as an HTML document. A logo or colour that is not what it should be is left out. */
export function reportHtml(
  letter: ReportLetter,
  look: Pick<MailLook, "logoUrl" | "color">,
  sender: string,
  { unsubscribe, support }: ReportLinks,
  { language, direction }: { language: string; direction: "ltr" | "rtl" },
): string {
  const top = barColors(look.color);
  const logoUrl = httpsUrl(look.logoUrl);
  const supportUrl = httpsUrl(support.url);
  const head =
    logoUrl === null
      ? html`${sender}`
      : html`<img
          src="${logoUrl}"
          alt="${sender}"
          height="40"
          style="display:block;height:40px;max-width:100%;border:0;color:${top.text}"
        />`;
  return markupText(
    html`<!doctype html>
      <html lang="${language}" dir="${direction}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light" />
          <meta name="supported-color-schemes" content="light" />
          <meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no" />
          <title>${letter.subject}</title>
        </head>
        <body style="margin:0;padding:0;background-color:#ffffff">
          ${table(
            html`<tr>
              <td align="center">
                <table
                  role="presentation"
                  width="640"
                  cellpadding="0"
                  cellspacing="0"
                  border="0"
                  style="width:100%;max-width:640px;${font};color:${ink}"
                >
                  <tr>
                    <td
                      bgcolor="${top.background}"
                      style="padding:16px 20px;background-color:${top.background};color:${top.text};font-size:18px;line-height:24px;font-weight:bold;word-break:break-word"
                    >
                      ${head}
                    </td>
                  </tr>
                  <tr>
                    <td style="padding:20px">
                      <p style="margin:0;font-size:13px;line-height:18px;color:${quiet}">${letter.title}</p>
                      <h1 style="margin:4px 0 4px 0;font-size:20px;line-height:27px;color:${ink};word-break:break-word">
                        ${letter.intro}
                      </h1>
                      <p style="margin:0 0 16px 0;font-size:13px;line-height:18px;color:${quiet}">${letter.asOf}</p>
                      ${table(
                        html`<tr>
                          ${letter.figures.map(figure)}
                        </tr>`,
                        "table-layout:fixed",
                      )}
                      ${letter.sections.map(section)}
                      <p
                        style="margin:28px 0 0 0;padding-top:12px;border-top:1px solid ${line};font-size:13px;line-height:18px;color:${quiet}"
                      >
                        ${letter.why}
                      </p>
                      ${supportUrl === null ? null : link(support.label, supportUrl)}
                      ${unsubscribe === null ? null : link(unsubscribe.label, unsubscribe.url)}
                    </td>
                  </tr>
                </table>
              </td>
            </tr>`,
            "background-color:#ffffff",
          )}
        </body>
      </html> `,
  );
}
