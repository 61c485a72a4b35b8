import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { ApiKeyRecord, expire } from "../../shared/store/access/api-keys.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { timerOwner } from "../../shared/store/table/keys.ts";
import { logWrite } from "../../shared/store/hierarchy/log.ts";
import { sweep } from "../../shared/store/table/sweep.ts";
import { jobs } from "../jobs.ts";

/**
 * Records the expiry of API keys whose time has come: the log says so, and the timer goes. The key itself has stopped working by
 * the clock. Safe when run twice, late, or by two at once: each key is one transaction on the condition of the timer that was seen.
 */
export const handler = sweepJob(jobs.sweepExpiredKeys.id, (turn, { now, author }) =>
  sweep(
    turn,
    "key-expiry",
    async ({ ownerPk }, db) => {
      const item = await db.get(timerOwner(ownerPk));
      const record = item && ApiKeyRecord.parse(item);
      const chain =
        record &&
        (await readChain(db, record.customerId, { customerId: record.customerId, ancestors: record.ancestors }));
      if (!record || !chain || record.revokedAt !== null || record.expiryRecordedAt !== null) return null;
      return [
        ...expire(record, now),
        logWrite(author, chain, {
          type: "ApiKeyExpired",
          node: { id: record.id, level: null, name: record.name },
          changes: [{ path: "state", before: "active", after: "expired" }],
        }),
      ];
    },
    ({ ownerPk }) => [timerOwner(ownerPk)],
  ),
);
