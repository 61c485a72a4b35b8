import type { MatterOf } from "../../domain/mail/mail.ts";
import { exact, fact, facts, notice, paragraph } from "../blocks.ts";
import { plainLine } from "../plain-line.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells the user of an account that it has been deleted after its trial, and until when that can be undone. */
export function accountTrialDeleted(
  { account, deletedAt, purgeAt }: MatterOf<"account-trial-deleted">,
  { texts, formats, customer, sender, support }: Writing,
): Content {
  const { labels } = texts;
  const { subject, intro, deadline, restore } = texts.accountTrialDeleted;
  return {
    subject: subject(customer),
    blocks: [
      paragraph(intro(customer, formats.moment(deletedAt))),
      facts([exact(labels.username, account.username), fact(labels.plan, plainLine(account.planName))]),
      notice(deadline(formats.moment(purgeAt))),
      paragraph(restore(sender)),
      ...support,
    ],
  };
}
