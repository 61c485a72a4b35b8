import type { DisabledReason, EventHandlerRecord } from "../../domain/events/event-handler.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { logWrite, type Author } from "../hierarchy/log.ts";
import { queueNotice } from "../mail/notices.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { deliveriesPartition, eventLaneKey, pendingPartition } from "../table/keys.ts";
import type { Write } from "../table/writes.ts";
import { saveHandler } from "./event-handlers.ts";

/** The writes that disable a handler, with the entry in the log and the mail to its customer. */
export async function disableWrites(
  context: WorkContext & Author,
  before: EventHandlerRecord,
  chain: Chain,
  reason: DisabledReason,
): Promise<Write[]> {
  const at = new Date(context.now()).toISOString();
  const { id, name, version } = before;
  const after = {
    ...before,
    active: false,
    disabledAt: at,
    disabledReason: reason,
    version: version + 1,
    updatedAt: at,
  };
  const [{ name: customer, contactName, email }] = chain;
  const matter = {
    template: "event-handler-disabled" as const,
    recipient: contactName ?? customer,
    customer,
    handler: name,
    reason,
  };
  return [
    ...(await queueNotice(context, chain, matter, email)),
    saveHandler(before, after),
    logWrite(context, chain, {
      type: "EventHandlerDisabled",
      node: { id, level: null, name },
      changes: [
        { path: "active", before: true, after: false },
        { path: "disabledReason", before: null, after: reason },
      ],
    }),
  ];
}

/** Items that go at a time. */
const atOnce = 50;

/**
 * Removes what is left of a handler that is gone: what it was to deliver, what it has delivered, and its counters; last its lane.
 * @returns false where time is up before
 */
export async function clearLane(
  open: () => Database,
  clock: () => number,
  until: number,
  handlerId: string,
): Promise<boolean> {
  const lane = eventLaneKey(handlerId);
  for (const pk of [pendingPartition(handlerId), deliveriesPartition(handlerId)])
    for (;;) {
      if (clock() >= until) return false;
      const { items } = await open().query({ pk, limit: atOnce });
      const rest = items.filter(({ sk }) => sk !== lane.sk);
      if (rest.length === 0) break;
      await open().commit(rest.map(({ sk }) => ({ kind: "delete" as const, key: { pk, sk: String(sk) }, when: [] })));
    }
  await open().commit([{ kind: "delete", key: lane, when: [] }]);
  return true;
}
