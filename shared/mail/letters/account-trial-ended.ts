import type { MatterOf } from "../../domain/mail/mail.ts";
import { exact, facts, notice, paragraph } from "../blocks.ts";
import { planFacts } from "../facts.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells the user of an account that its trial is over, and until when it can be kept. */
export function accountTrialEnded(
  { account, endedAt, deleteAt }: MatterOf<"account-trial-ended">,
  writing: Writing,
): Content {
  const { texts, formats, customer, sender, support } = writing;
  const { subject, intro, suspended, deadline, keep } = texts.accountTrialEnded;
  return {
    subject: subject(customer),
    blocks: [
      paragraph(intro(customer, formats.moment(endedAt))),
      // The end of the trial is in the sentence before.
      facts([exact(texts.labels.username, account.username), ...planFacts({ ...account, trialEndsAt: null }, writing)]),
      paragraph(suspended),
      notice(deadline(formats.moment(deleteAt))),
      paragraph(keep(sender)),
      ...support,
    ],
  };
}
