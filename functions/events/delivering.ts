import { type EventHandlerRecord } from "../../shared/domain/events/event-handler.ts";
import { type Chain, effectivelyActive } from "../../shared/domain/hierarchy/customer.ts";
import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { nextPending } from "../../shared/store/events/deliveries.ts";
import { readHandler } from "../../shared/store/events/event-handlers.ts";
import { clearLane } from "../../shared/store/events/lane-end.ts";
import { type LaneOutcome, type LaneRecord, releaseLane, takeLane } from "../../shared/store/events/lanes.ts";
import { readChain } from "../../shared/store/hierarchy/chain.ts";
import { findPointer } from "../../shared/store/hierarchy/pointers.ts";
import { eventHandlerKey } from "../../shared/store/table/keys.ts";
import { persist } from "../../shared/store/table/persist.ts";
import { callReceiver } from "./calling.ts";
import { mailRecipients } from "./mailing.ts";

/** How long deliveries wait whose customer is deleted or switched off: it may come back. */
const putOffMs = 3_600_000;

/** What is to be delivered, to whom, and until when (by the clock) this turn may go on. */
export interface LaneTurn {
  deps: JobDeps;
  handler: EventHandlerRecord;
  chain: Chain;
  lane: LaneRecord;
  until: number;
}

/** What has come of a turn, but for what is due next. */
export type TurnOutcome = Omit<LaneOutcome, "next">;

/** A handler and its customer's chain; null where there is none any more. */
async function placeOf(deps: JobDeps, id: string): Promise<{ handler: EventHandlerRecord; chain: Chain } | null> {
  const db = deps.open();
  const pointer = await findPointer(db, id);
  if (!pointer) return null;
  const { customerId, ancestors } = pointer;
  const [item, chain] = await Promise.all([
    db.get(eventHandlerKey(customerId, id)),
    readChain(db, customerId, { customerId, ancestors }),
  ]);
  return item && chain ? { handler: readHandler(item), chain } : null;
}

/** What a lane in hand comes to: when somebody is to look again. null: it is gone. */
async function work(deps: JobDeps, lane: LaneRecord, until: number): Promise<LaneOutcome | null> {
  const { handlerId, failures, failingSince } = lane;
  const { open, clock } = deps;
  const idle = { pausedUntil: null, failures, failingSince, more: false };
  const place = await placeOf(deps, handlerId);
  if (!place) return (await clearLane(open, clock, until, handlerId)) ? null : { ...idle, next: null, more: true };
  // What waits stays where it is. Whoever switches the handler on again wakes its lane.
  if (!place.handler.active) return { ...idle, failures: 0, failingSince: null, next: null };
  if (!effectivelyActive(place.chain)) return { ...idle, next: new Date(clock() + putOffMs).toISOString() };
  const act = place.handler.action.kind === "mail" ? mailRecipients : callReceiver;
  const outcome = await act({ deps, ...place, lane, until });
  return { ...outcome, next: await nextPending(open(), handlerId) };
}

/**
 * Delivers what a handler has to deliver, in the order in which it is due, until there is no more of it, its receiver is down, or time is up. Nobody
 * else does so meanwhile.
 * @param lease names this turn @returns whether it was this one's turn
 */
export async function workAtLane(deps: JobDeps, handlerId: string, lease: string, until: number): Promise<boolean> {
  const { open, clock, ids } = deps;
  const lane = await persist(ids.random, () => takeLane(open(), handlerId, lease, clock()));
  if (!lane) return false;
  const outcome = await work(deps, lane, until);
  if (outcome) await persist(ids.random, () => releaseLane(open(), lane, outcome, clock()));
  return true;
}

/** Works at several lanes side by side: each waits for its own receiver alone. One that fails is logged, and due again by its timer. */
export async function workAtLanes(deps: JobDeps, handlerIds: readonly string[], until: number): Promise<number> {
  const { done } = await deps.each(
    [...new Set(handlerIds)],
    (id) => workAtLane(deps, id, `${deps.requestId} ${id}`, until),
    (handlerId) => ({ level: "error", message: "deliveries stuck", about: { handlerId } }),
    Infinity,
  );
  return done.filter(Boolean).length;
}
