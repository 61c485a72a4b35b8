import type { MatterOf } from "../../domain/mail/mail.ts";
import { fact, facts, paragraph } from "../blocks.ts";
import { plainLine } from "../plain-line.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells what an invoice or a credit note comes to, which goes with it as a file. */
export function invoice(
  { number, of, credits, period, total, currency, dueOn }: MatterOf<"invoice">,
  { texts, formats, customer, support }: Writing,
): Content {
  const { subject, intro, period: periodLabel, days, total: totalLabel, due, credits: cancels } = texts.invoice;
  const named = plainLine(number);
  return {
    subject: subject[of](named, customer),
    blocks: [
      paragraph(intro[of](named)),
      facts([
        fact(periodLabel, days(formats.day(period.from), formats.day(period.to))),
        fact(totalLabel, formats.money(total, currency)),
        ...(dueOn === null ? [] : [fact(due, formats.day(dueOn))]),
        ...(credits === null ? [] : [fact(cancels, plainLine(credits))]),
      ]),
      ...support,
    ],
  };
}
