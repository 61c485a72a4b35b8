import { runKeptDays, RunRecord } from "../../domain/reports/run.ts";
import type { Period } from "../../domain/reports/period.ts";
import type { SubscriptionRecord } from "../../domain/reports/subscription.ts";
import type { Figures } from "../../domain/reports/report.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import type { Database } from "../table/database.ts";
import { dueKey, runKey, runsPartition } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { insert, type Put, type Update } from "../table/writes.ts";

/** How long a new run is left to the stream before a sweep takes it. */
const streamsTurnMs = 2 * 60_000;

/** A run as the table holds it. @throws z.ZodError where it is none */
export const readRun = (item: Item): RunRecord => RunRecord.parse(item);

/** The write that orders a report. Whoever builds it finds out then who gets it. */
export function orderRun(subscription: SubscriptionRecord, period: Period, manual: boolean, now: number): Put {
  const { id: subscriptionId, customerId, report } = subscription;
  const run: RunRecord = {
    subscriptionId,
    customerId,
    report,
    ...period,
    manual,
    state: "queued",
    reason: null,
    contentId: null,
    figures: null,
    deliveries: [],
    queuedAt: new Date(now).toISOString(),
    builtAt: null,
  };
  const key = runKey(subscriptionId, period.to);
  return insert(key, {
    kind: "report-run",
    ...run,
    expiresAt: Math.ceil((now + runKeptDays * dayMs) / 1000),
    ...dueKey(key.pk, "report-run", new Date(now + streamsTurnMs).toISOString()),
  });
}

/** The write that settles a run, as long as nobody else has: it is due no more. */
export const settleRun = (
  run: RunRecord,
  set: Partial<Pick<RunRecord, "state" | "reason" | "contentId" | "figures" | "deliveries">>,
  now: number,
): Update => ({
  kind: "update",
  key: runKey(run.subscriptionId, run.to),
  set: { ...set, builtAt: new Date(now).toISOString(), duePk: null, dueSk: null },
  add: {},
  when: [{ attribute: "state", is: "queued" }],
});

/** The write that puts a run off whose building has failed, so that others come first. */
export const laterRun = (run: RunRecord, at: string): Update => {
  const key = runKey(run.subscriptionId, run.to);
  return {
    kind: "update",
    key,
    set: dueKey(key.pk, "report-run", at),
    add: {},
    when: [{ attribute: "state", is: "queued" }],
  };
};

/** Figures of the reports before a moment, the oldest first, at most so many. */
export async function figuresBefore(
  db: Database,
  subscriptionId: string,
  before: string,
  atMost: number,
): Promise<Figures[]> {
  const { items } = await db.query({
    pk: runsPartition(subscriptionId),
    after: before,
    limit: atMost,
    newestFirst: true,
  });
  return items
    .map(readRun)
    .flatMap(({ figures }) => (figures ? [figures] : []))
    .toReversed();
}
