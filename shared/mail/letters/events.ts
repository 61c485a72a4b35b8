import type { MatterOf } from "../../domain/mail/mail.ts";
import { fact, facts, paragraph } from "../blocks.ts";
import { plainLine } from "../plain-line.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells what an event handler has heard. */
export function events(
  { handler, events: heard, more }: MatterOf<"events">,
  { texts: { events: said, report }, formats, customer, support }: Writing,
): Content {
  const count = heard.length + more;
  const written = formats.count(count);
  const [first] = heard;
  const name = plainLine(handler);
  return {
    subject:
      count === 1 && first
        ? `${report.eventTypes[first.type]}: ${plainLine(first.node)}`
        : said.subject(written, customer),
    blocks: [
      paragraph(said.intro(count, written, name)),
      facts(
        heard.map(({ type, node, at, percent }) => {
          const share = percent === null ? "" : ` (${formats.count(percent)} %)`;
          return fact(plainLine(node), `${formats.moment(at)}: ${report.eventTypes[type]}${share}`);
        }),
      ),
      ...(more > 0 ? [paragraph(said.more(more, formats.count(more)))] : []),
      ...support,
    ],
  };
}

/** Tells that an event handler was switched off, since nothing reaches its receiver. */
export function eventHandlerDisabled(
  { handler, reason }: MatterOf<"event-handler-disabled">,
  { texts: { events: said }, support }: Writing,
): Content {
  const name = plainLine(handler);
  return { subject: said.disabled(name), blocks: [paragraph(said[reason]), paragraph(said.todo), ...support] };
}
