import type { MatterOf } from "../../domain/mail/mail.ts";
import { notice, paragraph } from "../blocks.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells a customer, or the one that sells to it, that its trial is about to end, and what follows. */
export function trialNotice(
  { audience, endsAt, daysLeft }: MatterOf<"trial-notice">,
  { texts, formats, customer, sender, support }: Writing,
): Content {
  const { subject, intro, goesOn, otherwise } = texts.trialNotice[audience];
  const timeLeft = texts.timeLeft(daysLeft, formats.count(daysLeft));
  return {
    subject: subject(customer, timeLeft),
    blocks: [
      paragraph(intro(customer, timeLeft, formats.moment(endsAt))),
      notice(goesOn),
      paragraph(otherwise(sender)),
      ...support,
    ],
  };
}
