import { job } from "../../shared/http/invocation.ts";
import { timerOwner } from "../../shared/store/keys.ts";
import { type MailRecord, readMail } from "../../shared/store/outbox.ts";
import { mailUnknown } from "../../shared/store/sending.ts";
import { dueTimers } from "../../shared/store/sweep.ts";
import { jobs } from "../jobs.ts";
import { createDelivery } from "../mails/delivery.ts";

/** A run begins each minute; the next one goes on where this one ends. */
const turnMs = 50_000;

/**
 * Takes up the mails that are due again: those that the stream did not bring or that could not be sent then, those whose sender died, and
 * those of which no event told that they were accepted. Works page by page, so a backlog of any size needs the same memory.
 */
export const handler = job(jobs.sweepMail.id, async (_event, deps) => {
  const delivery = createDelivery(deps, deps.now + turnMs);
  for await (const page of dueTimers(deps.db, "mail", deps.now)) {
    if (delivery.stopped()) break;
    const items = await deps.open().getAll(page.map(({ ownerPk }) => timerOwner(ownerPk)));
    const ready: MailRecord[] = [];
    for (const item of items) {
      if (!item) continue;
      try {
        const mail = readMail(item);
        if (mail.dueAt === null || Date.parse(mail.dueAt) > deps.now) continue;
        // Its sender died between the claim and the answer: nobody knows whether it was accepted.
        if (mail.state === "claimed") await mailUnknown(deps.open(), mail, "The sender ended unexpectedly.", deps.now);
        else ready.push(mail);
      } catch (error) {
        deps.logger.error("mail not readable", { pk: item["pk"], error: error instanceof Error ? error.name : "" });
      }
    }
    await delivery.deliverAll(ready);
  }
  return delivery.result;
});
