import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { customerKey } from "../../shared/store/table/keys.ts";
import { sweep } from "../../shared/store/table/sweep.ts";
import { nightWrites } from "../../shared/store/usage/ledger.ts";
import { jobs } from "../jobs.ts";

/**
 * Writes the day that is over into the ledger of each customer whose night has come, in its own time zone, and the days that were missed before: each
 * once, in a transaction on the condition of the timer that was seen.
 */
export const handler = sweepJob(jobs.sweepLedger.id, async (turn, deps) => ({
  nights: await sweep(
    turn,
    "ledger",
    async ({ ownerPk }, db) => {
      const chain = await readChain(db, ownerPk);
      // What was purged has its last day already.
      return chain === null ? null : nightWrites({ ...deps.context, db }, chain);
    },
    ({ ownerPk }) => [customerKey(ownerPk)],
  ),
}));
