import type { MatterOf } from "../../domain/mail/mail.ts";
import { notice, paragraph } from "../blocks.ts";
import { plainLine } from "../plain-line.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells an administrator of the provider that whoever runs the installation has made a key that may do everything. */
export function accessRecovered(
  { at, reason }: MatterOf<"access-recovered">,
  { texts, formats, customer, support }: Writing,
): Content {
  const { subject, intro, check } = texts.accessRecovered;
  return {
    subject: subject(customer),
    blocks: [paragraph(intro(customer, formats.moment(at), plainLine(reason))), notice(check), ...support],
  };
}
