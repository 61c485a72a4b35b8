import { relayedBatch } from "../../shared/http/jobs/invocation.ts";
import { readMail } from "../../shared/store/mail/outbox.ts";
import type { JobId } from "../jobs.ts";
import { createDelivery } from "../mails/delivery.ts";
import { notReadable } from "../mails/failing.ts";

/** Well below the minute that a consumer has, so that no mail is claimed and then left by a function that is ended. */
const turnMs = 40_000;

/**
 * Sends the mails of changes that were just committed. A mail that comes twice is claimed once. Whatever cannot be sent now is due again
 * by its timer, so nothing here holds up the stream.
 */
export const handler = relayedBatch("sendMail" satisfies JobId, async (changes, deps) => {
  const delivery = createDelivery(deps, deps.now + turnMs);
  const { done } = await deps.each(
    changes.flatMap(({ after }) => (after ? [after] : [])),
    readMail,
    notReadable,
  );
  await delivery.deliverAll(done);
});
