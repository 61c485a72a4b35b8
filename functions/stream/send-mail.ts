import { batchConsumer } from "../../shared/http/invocation.ts";
import { readMail } from "../../shared/store/outbox.ts";
import { jobs } from "../jobs.ts";
import { createDelivery } from "../mails/delivery.ts";

/** Well below the minute that a consumer has, so that no mail is claimed and then left by a function that is ended. */
const turnMs = 40_000;

/**
 * Sends the mails of changes that were just committed. A mail that comes twice is claimed once. Whatever cannot be sent now is due again
 * by its timer, so nothing here holds up the stream.
 */
export const handler = batchConsumer(jobs.sendMail.id, async (changes, deps) => {
  const delivery = createDelivery(deps, deps.now + turnMs);
  const mails = changes.flatMap(({ after }) => {
    try {
      return after ? [readMail(after)] : [];
    } catch (error) {
      deps.logger.error("mail not readable", { pk: after?.["pk"], error: error instanceof Error ? error.name : "" });
      return [];
    }
  });
  await delivery.deliverAll(mails);
});
