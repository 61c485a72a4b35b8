import type { MailLook, MailMatter } from "../domain/mail/mail.ts";
import { type Block, link } from "./blocks.ts";
import type { Formats } from "./formats.ts";
import { accessLink } from "./letters/access-link.ts";
import { accessRecovered } from "./letters/access-recovered.ts";
import { accountDetails } from "./letters/account-details.ts";
import { accountTrialDeleted } from "./letters/account-trial-deleted.ts";
import { accountTrialEnded } from "./letters/account-trial-ended.ts";
import { customerDetails } from "./letters/customer-details.ts";
import { customersMoved } from "./letters/customers-moved.ts";
import { eventHandlerDisabled, events } from "./letters/events.ts";
import { invoice } from "./letters/invoice.ts";
import { limits } from "./letters/limits.ts";
import { passwordReset } from "./letters/password-reset.ts";
import { reactivationRequested } from "./letters/reactivation-requested.ts";
import { trialEnded } from "./letters/trial-ended.ts";
import { trialNotice } from "./letters/trial-notice.ts";
import { plainLine } from "./plain-line.ts";
import type { Texts } from "./texts.ts";
import type { Content, Writing } from "./writing.ts";

/** A mail in words, before it is text or HTML. */
export interface Letter {
  subject: string;
  greeting: string;
  blocks: Block[];
  closing: string;
  sender: string;
}

const contentOf = (matter: MailMatter, writing: Writing): Content => {
  switch (matter.template) {
    case "account-details":
      return accountDetails(matter, writing);
    case "password-reset":
      return passwordReset(matter, writing);
    case "access-link":
      return accessLink(matter, writing);
    case "access-recovered":
      return accessRecovered(matter, writing);
    case "reactivation-requested":
      return reactivationRequested(matter, writing);
    case "customer-details":
      return customerDetails(matter, writing);
    case "trial-notice":
      return trialNotice(matter, writing);
    case "trial-ended":
      return trialEnded(matter, writing);
    case "account-trial-ended":
      return accountTrialEnded(matter, writing);
    case "account-trial-deleted":
      return accountTrialDeleted(matter, writing);
    case "customers-moved":
      return customersMoved(matter, writing);
    case "invoice":
      return invoice(matter, writing);
    case "limits":
      return limits(matter, writing);
    case "events":
      return events(matter, writing);
    case "event-handler-disabled":
      return eventHandlerDisabled(matter, writing);
    case "report":
      throw new Error("A report is rendered with what it says.");
  }
};

/**
 * What a mail says, block by block.
 * @throws RangeError where a moment that it tells is none
 */
export function writeLetter(
  matter: MailMatter,
  look: MailLook,
  secret: string | null,
  texts: Texts,
  formats: Formats,
): Letter {
  const sender = plainLine(look.senderName);
  const { subject, blocks } = contentOf(matter, {
    texts,
    formats,
    customer: plainLine(matter.customer),
    sender,
    secret,
    setup: link(texts.labels.setup, look.setupUrl),
    support: link(texts.labels.support, look.supportUrl),
  });
  return { subject, greeting: texts.greeting(plainLine(matter.recipient)), blocks, closing: texts.closing, sender };
}
