import type { MatterOf } from "../../domain/mail/mail.ts";
import { fact, facts, paragraph } from "../blocks.ts";
import { plainLine } from "../plain-line.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells a seller which customers have been moved to it and away from it. */
export function customersMoved(
  { arrived, left, more }: MatterOf<"customers-moved">,
  { texts, formats, customer, support }: Writing,
): Content {
  const { subject, intro, came, went, more: others, sight } = texts.customersMoved;
  const count = arrived.length + left.length + more;
  const direction = left.length === 0 ? "to" : arrived.length === 0 ? "away" : "both";
  return {
    subject: subject[direction](count, formats.count(count), customer),
    blocks: [
      paragraph(intro(count, formats.count(count))),
      facts([
        ...arrived.map((name) => fact(plainLine(name), came)),
        ...left.map((name) => fact(plainLine(name), went)),
      ]),
      ...(more > 0 ? [paragraph(others(more, formats.count(more)))] : []),
      paragraph(sight),
      ...support,
    ],
  };
}
