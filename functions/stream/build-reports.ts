import { relayedBatch } from "../../shared/http/jobs/invocation.ts";
import { readRun } from "../../shared/store/reports/runs.ts";
import { jobs } from "../jobs.ts";
import { buildRuns } from "../reports/building.ts";

/** A consumer has a minute; what it does not come to by then has a timer. */
const turnMs = 40_000;

/** Builds the reports that were just ordered, and queues their mails. One that comes twice is built once. */
export const handler = relayedBatch(jobs.buildReports.id, async (changes, deps) => {
  const runs = changes.flatMap(({ after }) => (after ? [readRun(after)] : []));
  await buildRuns(deps, runs, deps.clock() + turnMs);
});
