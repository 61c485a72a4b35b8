import { type Chain, effectivelyActive } from "../../shared/domain/hierarchy/customer.ts";
import { duePeriod } from "../../shared/domain/reports/period.ts";
import { nextTime } from "../../shared/domain/terms/schedule.ts";
import { scheduleOf } from "../../shared/domain/reports/subscription.ts";
import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import type { WorkContext } from "../../shared/store/hierarchy/scope.ts";
import { findPointer } from "../../shared/store/hierarchy/pointers.ts";
import { digestWrites } from "../../shared/store/reports/alerts.ts";
import { moveNotice } from "../../shared/store/reports/move-notices.ts";
import { orderRun, readRun } from "../../shared/store/reports/runs.ts";
import { readSubscription } from "../../shared/store/reports/subscriptions.ts";
import type { Database } from "../../shared/store/table/database.ts";
import {
  customerKey,
  idOfPointer,
  pointerKey,
  subscriptionKey,
  type TimerKind,
} from "../../shared/store/table/keys.ts";
import { type DueTimer, dueTimers, laterIfDeleted, sweep } from "../../shared/store/table/sweep.ts";
import { timerPut } from "../../shared/store/table/timers.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import { jobs } from "../jobs.ts";
import { buildRuns } from "../reports/building.ts";

/** How long the report of a customer that is deleted or switched off is put off: it may come back. */
const putOffMs = 3_600_000;

/** The writes of a report that is due: the order to build it, and when the next one is. What was missed before is in this one. */
async function due(timer: DueTimer, db: Database, now: number): Promise<Write[] | null> {
  const id = idOfPointer(timer.ownerPk);
  const pointer = await findPointer(db, id);
  if (!pointer) return [];
  const { customerId, ancestors } = pointer;
  const [item, chain] = await Promise.all([
    db.get(subscriptionKey(customerId, id)),
    readChain(db, customerId, { customerId, ancestors }),
  ]);
  const subscription = item && readSubscription(item);
  if (!subscription || !chain || subscription.nextRunAt === null) return [];
  const { nextRunAt, reportedUntil } = subscription;
  if (Date.parse(nextRunAt) > now) return [timerPut(timer.ownerPk, "report", nextRunAt)];
  if (!effectivelyActive(chain)) return [timerPut(timer.ownerPk, "report", new Date(now + putOffMs).toISOString())];
  const schedule = scheduleOf(subscription);
  const period = duePeriod(schedule, nextRunAt, reportedUntil, now);
  const next = new Date(nextTime(schedule, Math.max(now, Date.parse(period.to)))).toISOString();
  return [
    {
      kind: "update",
      key: subscriptionKey(customerId, id),
      set: { nextRunAt: next, reportedUntil: period.to },
      add: {},
      when: [
        { attribute: "nextRunAt", is: nextRunAt },
        { attribute: "version", is: subscription.version },
      ],
    },
    timerPut(timer.ownerPk, "report", next),
    orderRun(subscription, period, false, now),
  ];
}

/**
 * Orders the reports that are due, each once, with the time of the next in the same transaction; then builds those that the stream has not brought,
 * or whose builder has died; also the overviews of limits and the mails about moves. After days of silence each subscription has one report, which tells of all.
 */
export const handler = sweepJob(jobs.sweepReports.id, async (turn, deps) => {
  const ordered = await sweep(
    turn,
    "report",
    (timer, db) => due(timer, db, deps.now),
    ({ ownerPk }) => [pointerKey(idOfPointer(ownerPk))],
  );
  /** Sends mails to customers that have gathered what they tell. */
  const gathered = (kind: TimerKind, writesOf: (context: WorkContext, chain: Chain) => Promise<Write[]>) =>
    sweep(
      turn,
      kind,
      async (timer, db) => {
        const chain = await readChain(db, timer.ownerPk);
        if (!chain) return [];
        return laterIfDeleted(timer, chain, deps.now) ?? writesOf({ ...deps.context, db }, chain);
      },
      ({ ownerPk }) => [customerKey(ownerPk)],
    );
  const digests = await gathered("alert-digest", digestWrites);
  const moves = await gathered("move-notice", moveNotice);
  let built = 0;
  for await (const page of dueTimers(deps.open(), "report-run", deps.now)) {
    if (deps.clock() >= turn.until) break;
    const items = await deps.open().getAll(page.map(({ key }) => key));
    const runs = items.flatMap((item) => (item ? [readRun(item)] : []));
    built += await buildRuns(deps, runs, turn.until);
  }
  return { ordered, digests, moves, built };
});
