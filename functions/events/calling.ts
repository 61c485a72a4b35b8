import pMap from "p-map";
import {
  attempted,
  type DeliveryRecord,
  hasFailedForLong,
  patience,
  restMs,
  webhookBody,
} from "../../shared/domain/events/delivery.ts";
import { signing } from "../../shared/domain/events/event-handler.ts";
import { open as openSealed } from "../../shared/runtime/sealer.ts";
import { callWebhook } from "../../shared/runtime/webhooks.ts";
import { duePending, saveDelivery } from "../../shared/store/events/deliveries.ts";
import { disableWrites } from "../../shared/store/events/lane-end.ts";
import { settle } from "../../shared/store/table/settle.ts";
import type { LaneTurn, TurnOutcome } from "./delivering.ts";

/** Calls of one receiver that are under way at a time, each about another node. */
const sideBySide = 4;
const pageSize = 20;

/** What is known of a receiver during a turn. */
interface Standing {
  failures: number;
  failingSince: string | null;
  /** How long it has asked to be left alone. */
  restMs: number;
  gone: boolean;
}

/** Calls the webhook with one delivery, and records what came of it. */
async function deliver(
  turn: LaneTurn,
  url: string,
  secrets: readonly string[],
  standing: Standing,
  due: DeliveryRecord,
) {
  const { deps } = turn;
  const body = webhookBody(due);
  const {
    attempt,
    answer,
    restMs: rest,
    gone,
  } = await callWebhook({ url, id: due.id, body, secrets, now: deps.clock() });
  const after = attempted(due, attempt, { url, answer }, deps.clock(), deps.ids.random());
  if (attempt.problem === null) Object.assign(standing, { failures: 0, failingSince: null });
  else {
    standing.failures += 1;
    standing.failingSince ??= new Date(deps.clock()).toISOString();
    standing.restMs = Math.max(standing.restMs, rest);
    standing.gone ||= gone;
  }
  // Somebody may have asked for another attempt meanwhile; then that is due.
  await settle(deps.open(), saveDelivery(due, after));
}

/** Calls a webhook with what is due, those of one node one after the other, until it is found to be down. */
async function callAll(turn: LaneTurn, url: string, standing: Standing): Promise<boolean> {
  const { deps, handler, until } = turn;
  const secrets = await Promise.all(signing(handler, deps.clock()).map(({ sealed }) => openSealed(sealed, handler.id)));
  const isDown = (): boolean => standing.failures >= patience || standing.restMs > 0 || standing.gone;
  // One that was down is tried with a single delivery.
  for (let size = isDown() ? 1 : pageSize; ; size = pageSize) {
    const now = new Date(deps.clock()).toISOString();
    const due = await duePending(deps.open(), handler.id, now, size);
    if (due.length === 0) return false;
    let first = size === 1;
    await pMap(
      Map.groupBy(due, ({ nodeId }) => nodeId).values(),
      async (ofNode) => {
        for (const delivery of ofNode) {
          if (deps.clock() >= until || (isDown() && !first)) return;
          first = false;
          await deliver(turn, url, secrets, standing, delivery);
        }
      },
      { concurrency: sideBySide },
    );
    if (isDown()) return false;
    if (deps.clock() >= until) return true;
  }
}

/** Delivers to the webhook of a handler. One that has failed for days, or says that it is gone, is disabled, and its customer hears of it. */
export async function callReceiver(turn: LaneTurn): Promise<TurnOutcome> {
  const { deps, handler, chain, lane } = turn;
  const { failures, failingSince } = lane;
  const standing: Standing = { failures, failingSince, restMs: 0, gone: false };
  const more = handler.action.kind === "webhook" && (await callAll(turn, handler.action.url, standing));
  const now = deps.clock();
  const { gone, restMs: asked } = standing;
  const outcome = { failures: standing.failures, failingSince: standing.failingSince, more };
  if (gone || hasFailedForLong(standing.failingSince, standing.failures, now)) {
    const db = deps.open();
    const context = { ...deps.context, db, now: deps.clock, caller: null };
    await settle(db, await disableWrites(context, handler, chain, gone ? "gone" : "failing"));
    return { ...outcome, more: false, pausedUntil: null };
  }
  const rests = Math.max(asked, standing.failures >= patience ? restMs(standing.failures, deps.ids.random()) : 0);
  return { ...outcome, pausedUntil: rests > 0 ? new Date(now + rests).toISOString() : null };
}
