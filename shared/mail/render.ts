import type { MailContent, MailLook, MailMatter } from "../domain/mail/mail.ts";
import { formatsFor } from "./formats.ts";
import { htmlPart } from "./html-part.ts";
import { writeLetter } from "./letter.ts";
import { spokenLanguage } from "./spoken-language.ts";
import { textPart } from "./text-part.ts";

/**
 * A mail as its recipient reads it, with the language that it speaks, which may be another than the look's locale.
 * `secret` is the temporary password of a new account or a reset; null in a preview, where a text in the mail's language stands
 * in its place. Other matters ignore it.
 * @throws RangeError where a moment that it tells is none
 */
export async function render(
  matter: MailMatter,
  look: MailLook,
  secret: string | null,
): Promise<MailContent & { language: string }> {
  const { language, locale, texts } = await spokenLanguage(look.locale);
  const letter = writeLetter(matter, look, secret, texts, formatsFor(locale, look.timezone));
  return {
    subject: letter.subject,
    text: textPart(letter),
    html: htmlPart(letter, look, { language, direction: texts.direction }),
    language,
  };
}
