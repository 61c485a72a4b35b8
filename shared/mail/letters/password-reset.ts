import type { MatterOf } from "../../domain/mail/mail.ts";
import { exact, facts, notice, paragraph } from "../blocks.ts";
import { passwordFact } from "../facts.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells the user of an account that his password has been replaced, and by which. */
export function passwordReset({ account }: MatterOf<"password-reset">, writing: Writing): Content {
  const { texts, customer, sender, support } = writing;
  const { subject, intro, unexpected } = texts.passwordReset;
  return {
    subject: subject(customer),
    blocks: [
      paragraph(intro(customer)),
      facts([exact(texts.labels.username, account.username), passwordFact(writing)]),
      notice(texts.mustChange),
      paragraph(unexpected(sender)),
      ...support,
    ],
  };
}
