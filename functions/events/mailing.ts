import type { DeliveryRecord } from "../../shared/domain/events/delivery.ts";
import { duePending } from "../../shared/store/events/deliveries.ts";
import { leaveOut, listedAtMost, mailWrites } from "../../shared/store/events/event-mails.ts";
import type { LaneTurn, TurnOutcome } from "./delivering.ts";

/** How long after a mail the next one waits for what else it can tell of. */
const gatherMs = 10 * 60_000;

/** What is due of a handler, as far as one transaction takes it. */
async function due({ deps, handler }: LaneTurn): Promise<DeliveryRecord[]> {
  const now = new Date(deps.clock()).toISOString();
  return duePending(deps.open(), handler.id, now, listedAtMost + 1);
}

/**
 * Mails what a handler has heard, in one mail to each recipient, and then not before ten minutes have passed. Of a flood it lists the latest, and counts the
 * rest.
 */
export async function mailRecipients(turn: LaneTurn): Promise<TurnOutcome> {
  const { deps, handler, chain, lane, until } = turn;
  const quiet = { failures: 0, failingSince: null };
  for (let left = lane.leftOut; ;) {
    const found = await due(turn);
    if (found.length === 0) return { ...quiet, pausedUntil: null, more: false };
    const now = deps.clock();
    if (found.length <= listedAtMost) {
      const db = deps.open();
      await db.commit(
        await mailWrites({ ...deps.context, db }, chain, handler, { ...lane, leftOut: left }, found, now),
      );
      return { ...quiet, pausedUntil: new Date(now + gatherMs).toISOString(), more: false };
    }
    if (now >= until) return { ...quiet, pausedUntil: null, more: true };
    const rest = found.slice(0, listedAtMost);
    await deps.open().commit(leaveOut({ ...lane, leftOut: left }, rest, now));
    left += rest.length;
  }
}
