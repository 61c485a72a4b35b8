import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { kickLane, readLane } from "../../shared/store/events/lanes.ts";
import { dueTimers } from "../../shared/store/table/sweep.ts";
import { workAtLanes } from "../events/delivering.ts";
import { jobs } from "../jobs.ts";

/** How long the sweep itself works at lanes that nobody else has come to. */
const turnMs = 40_000;

/**
 * Hands lanes that are due again to the stream, so that each is worked at by a function of its own, and works itself at those that it was to hand on
 * and did not.
 */
export const handler = sweepJob(jobs.sweepEvents.id, async (turn, deps) => {
  let handedOn = 0;
  let worked = 0;
  for await (const page of dueTimers(deps.open(), "event-lane", deps.now)) {
    if (deps.clock() >= turn.until) break;
    const items = await deps.open().getAll(page.map(({ key }) => key));
    const lanes = items.flatMap((item) => (item ? [readLane(item)] : []));
    const due = lanes.filter(({ dueAt }) => dueAt !== null && Date.parse(dueAt) <= deps.now);
    const [lost, others] = [due.filter(({ wake }) => wake === "run"), due.filter(({ wake }) => wake !== "run")];
    await Promise.all(others.map((lane) => kickLane(deps.open(), lane, deps.clock())));
    handedOn += others.length;
    const until = Math.min(turn.until, deps.clock() + turnMs);
    worked += await workAtLanes(
      deps,
      lost.map(({ handlerId }) => handlerId),
      until,
    );
  }
  return { handedOn, worked };
});
