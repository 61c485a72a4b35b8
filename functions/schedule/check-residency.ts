import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { dueTimers } from "../../shared/store/table/sweep.ts";
import { asking, checkResidencyOf, notChecked } from "../storage/checking.ts";
import { jobs } from "../jobs.ts";

/** Vaults that are looked at side by side. */
const sideBySide = 8;

/** Checks the vaults whose day has come: whether record, manifest, bucket and devices agree on where a customer's data lie. */
export const handler = sweepJob(jobs.checkResidency.id, async (turn, deps) => {
  const outcomes = { consistent: 0, different: 0, later: 0, void: 0 };
  const ask = asking(deps);
  for await (const page of dueTimers(deps.open(), "residency", turn.now)) {
    if (deps.clock() >= turn.until) break;
    await deps.each(
      page,
      async (timer) => {
        outcomes[await checkResidencyOf(deps, timer, ask)] += 1;
      },
      notChecked,
      sideBySide,
    );
  }
  return outcomes;
});
