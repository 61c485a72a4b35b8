import type { MatterOf } from "../../domain/mail/mail.ts";
import { notice, paragraph } from "../blocks.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells a seller that a customer who is deactivated asks to be activated again. */
export function reactivationRequested(
  { deactivated }: MatterOf<"reactivation-requested">,
  { texts, customer, support }: Writing,
): Content {
  const { subject, intro, stays } = texts.reactivationRequested;
  return {
    subject: subject(customer),
    blocks: [paragraph(intro[deactivated](customer)), notice(stays), ...support],
  };
}
