import { job } from "../../shared/http/jobs/invocation.ts";
import { timerOwner } from "../../shared/store/table/keys.ts";
import { type MailRecord, readMail } from "../../shared/store/mail/outbox.ts";
import { mailUnknown } from "../../shared/store/mail/sending.ts";
import { dueTimers } from "../../shared/store/table/sweep.ts";
import type { JobId } from "../jobs.ts";
import { createDelivery } from "../mails/delivery.ts";
import { leftForLater, notReadable } from "../mails/failing.ts";

/** A run begins each minute; the next one goes on where this one ends. */
const turnMs = 50_000;

/**
 * Takes up the mails that are due again: those that the stream did not bring or that could not be sent then, those whose sender died, and
 * those of which no event told that they were accepted. Works page by page, so a backlog of any size needs the same memory.
 */
export const handler = job("sweepMail" satisfies JobId, async (_event, deps) => {
  const delivery = createDelivery(deps, deps.now + turnMs);
  for await (const page of dueTimers(deps.db, "mail", deps.now)) {
    if (delivery.stopped()) break;
    const items = await deps.open().getAll(page.map(({ ownerPk }) => timerOwner(ownerPk)));
    const { done: mails } = await deps.each(
      items.filter((item) => item !== undefined),
      readMail,
      notReadable,
    );
    const due = mails.filter(({ dueAt }) => dueAt !== null && Date.parse(dueAt) <= deps.now);
    // Their senders died between the claim and the answer: nobody knows whether they were accepted.
    const orphans = due.filter(({ state }) => state === "claimed");
    const lost = (mail: MailRecord) => mailUnknown(deps.open(), mail, "The sender ended unexpectedly.", deps.now);
    await deps.each(orphans, lost, leftForLater);
    await delivery.deliverAll(due.filter(({ state }) => state !== "claimed"));
  }
  return delivery.result;
});
