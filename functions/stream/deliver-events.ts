import { relayedBatch } from "../../shared/http/jobs/invocation.ts";
import { readLane } from "../../shared/store/events/lanes.ts";
import { workAtLanes } from "../events/delivering.ts";
import { jobs } from "../jobs.ts";

/** A consumer has a minute, and the last call of a turn takes up to twelve seconds. What is left then goes to the next turn. */
const turnMs = 40_000;

/** Delivers to the event handlers that have something to deliver. A lane that comes twice is worked at once. */
export const handler = relayedBatch(jobs.deliverEvents.id, async (changes, deps) => {
  const lanes = changes.flatMap(({ after }) => (after ? [readLane(after).handlerId] : []));
  await workAtLanes(deps, lanes, deps.clock() + turnMs);
});
