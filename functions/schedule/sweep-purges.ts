import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { type PurgeOutcome, purgeDue } from "../../shared/store/life/purge.ts";
import { type DueTimer, dueTimers } from "../../shared/store/table/sweep.ts";
import { jobs } from "../jobs.ts";

const kinds = ["device-purge", "account-purge", "purge"] as const;
/** What one purge may take of a run, so that a large one holds up no other. */
const sliceMs = 60_000;

/**
 * Removes for good what was deleted and has not been restored in time, as much as fits into the run. A purge that does not is taken up again
 * by the next: its timer stays until nothing is left.
 */
export const handler = sweepJob(jobs.sweepPurges.id, async (turn, { open, clock, ids, context, each }) => {
  const outcomes: Record<PurgeOutcome, number> = { complete: 0, more: 0, void: 0 };
  let stuck = 0;
  const work = async (timer: DueTimer): Promise<void> => {
    if (clock() >= turn.until) return;
    const until = Math.min(turn.until, clock() + sliceMs);
    const slice = { open, clock, until, random: ids.random, context: { ...context, now: clock, caller: null } };
    outcomes[await purgeDue(slice, timer)] += 1;
  };
  for (const kind of kinds)
    for await (const page of dueTimers(open(), kind, turn.now)) {
      if (clock() >= turn.until) break;
      // The operator's alarm listens for this line.
      const { failed } = await each(page, work, ({ key, at }) => ({
        level: "error",
        message: "purge stuck",
        about: { ...key, at },
      }));
      stuck += failed.length;
    }
  return { ...outcomes, stuck };
});
