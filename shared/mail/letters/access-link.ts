import type { MatterOf } from "../../domain/mail/mail.ts";
import { exact, facts, link, notice, paragraph } from "../blocks.ts";
import type { Content, Writing } from "../writing.ts";

/** Gives a user the code with which he chooses a password, once. */
export function accessLink(matter: MatterOf<"access-link">, writing: Writing): Content {
  const { purpose, username, pageUrl, expiresAt } = matter;
  const { texts, formats, customer, sender, secret, support } = writing;
  const { code, codeToCome, choose, once, unexpected, ...purposes } = texts.accessLink;
  const { subject, intro } = purposes[purpose];
  return {
    subject: subject(customer),
    blocks: [
      paragraph(intro(customer, sender)),
      ...(secret === null || pageUrl === null ? [] : link(choose, `${pageUrl}#${secret}`)),
      facts([exact(texts.labels.username, username), exact(code, secret ?? codeToCome)]),
      notice(once(formats.moment(expiresAt))),
      paragraph(unexpected(sender)),
      ...support,
    ],
  };
}
