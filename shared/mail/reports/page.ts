import { html, markupText } from "../html.ts";
import { spokenLanguage } from "../spoken-language.ts";
import type { ReportKind } from "../../domain/reports/subscription.ts";

/** Whom a page is about; null: the link leads nowhere. */
export interface PageSubject {
  report: ReportKind;
  customer: string;
  address: string;
  done: boolean;
}

/** The page on which a recipient of a report says that he wants no more of it: it asks, and its form does it. */
export async function unsubscribePage(subject: PageSubject | null, locale: string): Promise<string> {
  const { language, texts } = await spokenLanguage(locale);
  const { page, kinds } = texts.report;
  const button = `display:inline-block;padding:10px 20px;border:0;border-radius:4px;background-color:#1f3a5f;color:#ffffff;font-size:16px`;
  const about = (say: typeof page.question): string =>
    subject === null ? page.unknown : say(kinds[subject.report], subject.customer, subject.address);
  return markupText(
    html`<!doctype html>
      <html lang="${language}" dir="${texts.direction}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <title>${page.title}</title>
          <link rel="icon" href="data:," />
        </head>
        <body
          style="margin:0;padding:32px 16px;background-color:#ffffff;color:#1f1f1f;font-family:Arial,Helvetica,sans-serif"
        >
          <main style="max-width:560px;margin:0 auto;font-size:17px;line-height:26px;word-break:break-word">
            <h1 style="font-size:24px;line-height:32px">${page.title}</h1>
            <p>${about(subject?.done === true ? page.done : page.question)}</p>
            ${
              subject === null || subject.done
                ? null
                : html`<form method="post"><button type="submit" style="${button}">${page.button}</button></form>`
            }
          </main>
        </body>
      </html> `,
  );
}
