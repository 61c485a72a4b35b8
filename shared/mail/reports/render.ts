import type { MailContent, MailLook } from "../../domain/mail/mail.ts";
import type { Report } from "../../domain/reports/report.ts";
import type { Attachment } from "../compose.ts";
import { formatsFor } from "../formats.ts";
import { httpsUrl } from "../html.ts";
import { plainLine } from "../plain-line.ts";
import { spokenLanguage } from "../spoken-language.ts";
import { reportHtml } from "./html.ts";
import { writeReport } from "./letter.ts";
import { reportText } from "./text.ts";

/** What a report says, with its file. */
export interface RenderedContent {
  report: Report;
  csv: string | null;
  csvTooLarge: boolean;
}

/** Bytes above which mail services cut what they show. */
export const shownBytes = 102_000;

/** A report as its recipient reads it, with the language that it speaks, and its CSV file as an attachment. */
export async function renderReport(
  { report, csv, csvTooLarge }: RenderedContent,
  look: MailLook,
  unsubscribeUrl: string | null,
): Promise<MailContent & { language: string; attachments: Attachment[] }> {
  const { language, locale, texts } = await spokenLanguage(look.locale);
  const file = csv !== null ? "attached" : csvTooLarge ? "too large" : null;
  const letter = writeReport(report, { texts: texts.report, formats: formatsFor(locale, look.timezone) }, file);
  const sender = plainLine(look.senderName);
  const links = {
    unsubscribe: unsubscribeUrl === null ? null : { label: texts.report.unsubscribe, url: unsubscribeUrl },
    support: { label: texts.labels.support, url: httpsUrl(look.supportUrl) },
  };
  const html = reportHtml(letter, look, sender, links, { language, direction: texts.direction });
  return {
    subject: letter.subject,
    text: reportText(letter, sender, links),
    // Indentation is for whoever reads the source; a mail has a size to keep to.
    html: html.replaceAll(/\n\s+/g, "\n"),
    language,
    attachments:
      csv === null
        ? []
        : [
            {
              filename: `${report.kind}-${report.to.slice(0, 10)}.csv`,
              contentType: "text/csv; charset=utf-8",
              content: csv,
            },
          ],
  };
}
