import type { MailLook } from "../domain/mail/mail.ts";
import { barColors } from "./bar-colors.ts";
import type { Block, Fact } from "./blocks.ts";
import { html, httpsUrl, type Markup, markupText } from "./html.ts";
import type { Letter } from "./letter.ts";

const paragraphStyle = "margin:0 0 16px 0;word-break:break-word";
const noticeStyle = `${paragraphStyle};padding:8px 12px;border-left:4px solid #8a6d00;background-color:#fff8e1`;
const labelStyle = "padding:4px 16px 4px 0;color:#595959;vertical-align:top";
const valueStyle = "padding:4px 0;vertical-align:top;word-break:break-word";
const codeStyle = "font-family:Consolas,Menlo,'Courier New',monospace;white-space:pre-wrap;word-break:break-all";
const accountStyle = "margin:0 0 16px 0;padding:0 0 8px 0;border-bottom:1px solid #d9d9d9";

const value = ({ value, exact }: Fact): Markup =>
  exact ? html`<code style="${codeStyle}">${value}</code>` : html`${value}`;

// A cell is a paragraph of its own to the bidirectional algorithm: no character in it reaches beyond.
const row = (fact: Fact): Markup =>
  html`<tr>
    <td style="${labelStyle}">${fact.label}</td>
    <td dir="auto" style="${valueStyle}">${value(fact)}</td>
  </tr>`;

const table = (facts: Fact[], style: string): Markup =>
  html`<table width="100%" cellpadding="0" cellspacing="0" border="0" style="${style}">
    ${facts.map(row)}
  </table>`;

const blockMarkup = (block: Block): Markup => {
  switch (block.kind) {
    case "paragraph":
      return html`<p style="${paragraphStyle}">${block.text}</p>`;
    case "notice":
      return html`<p style="${noticeStyle}">${block.text}</p>`;
    case "facts":
      return table(block.facts, "margin:0 0 16px 0");
    case "accounts":
      return html`${block.accounts.map((account) => table(account, accountStyle))}`;
    case "link":
      return html`<p style="${paragraphStyle}"><a href="${block.url}" style="color:#0b57d0">${block.label}</a></p>`;
  }
};

/**
 * A letter as an HTML document: tables and inline styles only, which is what all mail clients show. A logo or colour that is not
 * what it should be is left out.
 */
export function htmlPart(
  { subject, greeting, blocks, closing, sender }: Letter,
  look: Pick<MailLook, "logoUrl" | "color">,
  { language, direction }: { language: string; direction: "ltr" | "rtl" },
): string {
  const bar = barColors(look.color);
  const logoUrl = httpsUrl(look.logoUrl);
  const barStyle = `padding:16px 24px;background-color:${bar.background};color:${bar.text};font-size:20px;font-weight:bold;word-break:break-word`;
  const logoStyle = `display:block;height:40px;max-width:100%;border:0;color:${bar.text}`;
  const head =
    logoUrl === null
      ? html`${sender}`
      : html`<img src="${logoUrl}" alt="${sender}" height="40" style="${logoStyle}" />`;
  // Phones turn what looks like a date or a number into a link; none of it is one.
  return markupText(
    html`<!doctype html>
      <html lang="${language}" dir="${direction}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light" />
          <meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no" />
          <title>${subject}</title>
        </head>
        <body style="margin:0;padding:0;background-color:#ffffff">
          <table
            role="presentation"
            width="100%"
            cellpadding="0"
            cellspacing="0"
            border="0"
            style="background-color:#ffffff"
          >
            <tr>
              <td align="center">
                <table
                  role="presentation"
                  width="600"
                  cellpadding="0"
                  cellspacing="0"
                  border="0"
                  style="width:100%;max-width:600px;font-family:Arial,Helvetica,sans-serif;color:#1f1f1f"
                >
                  <tr>
                    <td bgcolor="${bar.background}" style="${barStyle}">${head}</td>
                  </tr>
                  <tr>
                    <td style="padding:24px;font-size:16px;line-height:1.5">
                      <p style="${paragraphStyle}">${greeting}</p>
                      ${blocks.map(blockMarkup)}
                      <p style="${paragraphStyle}">${closing}<br />${sender}</p>
                    </td>
                  </tr>
                </table>
              </td>
            </tr>
          </table>
        </body>
      </html> `,
  );
}
