import type { MatterOf } from "../../domain/mail/mail.ts";
import { fact, facts, notice, paragraph } from "../blocks.ts";
import { plainLine } from "../plain-line.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells the owner of limits, or the one that sells to it, that they are almost or wholly used up. */
export function limits({ audience, alerts, more, digest }: MatterOf<"limits">, writing: Writing): Content {
  const { texts, formats, customer, sender, support } = writing;
  const { subject, digestSubject, intro, digestIntro, names, soft, share, more: others, todo } = texts.limits;
  const count = alerts.length + more;
  const lines = alerts.map(({ customer: whose, account, what, percent, limit, used }) => {
    const write = what === "licences" || what === "devices" ? formats.count : formats.amount;
    const of = account === null ? names[what] : `${names[what]} (${plainLine(account)})`;
    const label = digest ? `${plainLine(whose)}, ${of}` : of;
    const figures = share(write(used), write(limit));
    return fact(label, percent === null ? `${soft}: ${figures}` : `${formats.count(percent)} %: ${figures}`);
  });
  return {
    subject: digest ? digestSubject(count, formats.count(count)) : subject(customer),
    blocks: [
      paragraph(digest ? digestIntro(count, formats.count(count)) : intro[audience](customer)),
      facts(lines),
      ...(more > 0 ? [paragraph(others(more, formats.count(more)))] : []),
      notice(todo[audience]),
      ...(audience === "owner" ? [paragraph(texts.questions(sender))] : []),
      ...support,
    ],
  };
}
