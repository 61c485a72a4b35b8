import type { MatterOf } from "../../domain/mail/mail.ts";
import { notice, paragraph } from "../blocks.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells a customer, or the one that sells to it, that its trial has ended, and what is invoiced since then. */
export function trialEnded(
  { audience, endedAt, early }: MatterOf<"trial-ended">,
  { texts, formats, customer, sender, support }: Writing,
): Content {
  const { subject, ended, endedEarly, goesOn } = texts.trialEnded[audience];
  return {
    subject: subject(customer),
    blocks: [
      paragraph((early ? endedEarly : ended)(customer, formats.moment(endedAt))),
      notice(goesOn),
      paragraph(texts.questions(sender)),
      ...support,
    ],
  };
}
