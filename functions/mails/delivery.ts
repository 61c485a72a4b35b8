import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { handOver } from "../../shared/runtime/mailer.ts";
import { findSuppression } from "../../shared/store/mail/addresses.ts";
import type { MailRecord } from "../../shared/store/mail/outbox.ts";
import { createSendRate } from "../../shared/store/mail/send-rate.ts";
import {
  claimMail,
  isOverdue,
  mailAccepted,
  mailFailed,
  mailLater,
  mailSuppressed,
  mailUnknown,
} from "../../shared/store/mail/sending.ts";
import { cannotBeMade, leftForLater } from "./failing.ts";
import { makeMail } from "./make-mail.ts";

/** Mails that one function has under way at a time. */
const sideBySide = 8;
/** Times in a row that SES may be out of reach before the rest is left for later. */
const patience = 3;

/** What became of the mails that a function was given; `left` ones are looked at again when they are due. */
export interface Delivered {
  accepted: number;
  postponed: number;
  settled: number;
  left: number;
}

/**
 * Sends mails, several at a time, at the rate of the installation: claims each first and records afterwards what came of it. Works until
 * `deadline` (by the clock), or until SES cannot be reached. A mail whose own fault it is that it cannot be made waits and is given up
 * in the end; it holds up no other.
 */
export function createDelivery(deps: JobDeps, deadline: number) {
  const { open, clock, env, author, logger } = deps;
  const takeTurn = createSendRate(open, env.MAIL_RATE_PER_SECOND, clock, deadline);
  const result: Delivered = { accepted: 0, postponed: 0, settled: 0, left: 0 };
  let outOfReach = 0;
  let serial = 0;
  const down = (): boolean => outOfReach >= patience;

  const giveUp = async (mail: MailRecord, problem: string): Promise<void> => {
    if (!(await mailFailed(open(), author, mail, problem, clock()))) return;
    result.settled += 1;
    // The operator's alarm listens for this line.
    logger.error("mail failed", { mailId: mail.id, customerId: mail.customerId, attempts: mail.attempts, problem });
  };

  const later = async (mail: MailRecord, problem: string): Promise<void> => {
    if (isOverdue(mail, clock())) return giveUp(mail, problem);
    await mailLater(open(), mail, problem, clock());
    result.postponed += 1;
  };

  const send = async (mail: MailRecord): Promise<void> => {
    const raw = await deps.alone(() => makeMail(mail, env.MAIL_FROM, clock(), open), cannotBeMade(mail));
    if (!raw) return later(mail, "The mail could not be made.");
    const handed = await handOver(mail.id, mail.to.address, raw);
    if (handed.outcome !== "accepted")
      logger.warn("mail not accepted", { mailId: mail.id, outcome: handed.outcome, detail: handed.detail });
    outOfReach = handed.outcome === "later" && handed.down ? outOfReach + 1 : 0;
    switch (handed.outcome) {
      case "accepted":
        await mailAccepted(open(), mail, handed.messageId, clock());
        result.accepted += 1;
        return;
      case "refused":
        return giveUp(mail, handed.problem);
      case "later":
        return later(mail, handed.problem);
      case "unknown":
        await mailUnknown(open(), mail, handed.problem, clock());
        result.postponed += 1;
        return;
      default:
        handed satisfies never;
    }
  };

  const deliver = async (seen: MailRecord): Promise<void> => {
    if (down() || !(await takeTurn()) || down()) {
      result.left += 1;
      return;
    }
    if (seen.state === "unknown" && isOverdue(seen, clock()))
      return giveUp(seen, "It was never confirmed that the mail was accepted.");
    const suppression = await findSuppression(open(), seen.to.address);
    if (suppression) {
      if (await mailSuppressed(open(), author, seen, suppression, clock())) result.settled += 1;
      return;
    }
    const mail = await claimMail(open, seen, `${deps.requestId}-${(serial += 1)}`, clock());
    if (mail) await send(mail);
  };

  return {
    /** Sends what can be sent. What fails unexpectedly is logged, and due again by its timer. */
    async deliverAll(mails: readonly MailRecord[]): Promise<void> {
      const { failed } = await deps.each(mails, deliver, leftForLater, sideBySide);
      result.left += failed.length;
    },
    /** Whether going on makes no sense now. */
    stopped: (): boolean => down() || clock() >= deadline,
    result,
  };
}
