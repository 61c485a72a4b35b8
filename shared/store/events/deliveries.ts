import { createHash } from "node:crypto";
import { deliveryKeptMs, DeliveryRecord, newDelivery, redelivered } from "../../domain/events/delivery.ts";
import type { EventHandlerRecord } from "../../domain/events/event-handler.ts";
import type { LogEntry } from "../../domain/hierarchy/logged-entry.ts";
import { notFound } from "../../domain/terms/errors.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { wakeLane } from "../table/event-lane.ts";
import {
  deliveriesPartition,
  deliveryKey,
  deliveryPrefix,
  deliverySequenceKey,
  pendingKey,
  pendingPartition,
} from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { insert, type Write } from "../table/writes.ts";

/** A delivery as the table holds it. @throws z.ZodError where it is none */
export const readDelivery = (item: Item): DeliveryRecord => DeliveryRecord.parse(item);

const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** The id of a delivery follows from handler and event, and begins with the event's time: an event that comes twice has one delivery, and they sort by time. */
export function deliveryIdOf(handlerId: string, eventId: string): string {
  const hash = createHash("sha256").update(`${handlerId} ${eventId}`).digest();
  const tail = Array.from(hash.subarray(0, 16), (byte) => letters[byte % 32]).join("");
  return `${deliveryPrefix}${eventId.slice(4, 14)}${tail}`;
}

/** When a delivery goes: not before its attempts have ended. */
const expiryOf = ({ createdAt, retryUntil }: DeliveryRecord): number =>
  Math.ceil(Math.max(Date.parse(createdAt) + deliveryKeptMs, Date.parse(retryUntil)) / 1000);
const pendingOf = ({ handlerId, id, nextAttemptAt, sequence }: DeliveryRecord, at: string | null = nextAttemptAt) =>
  pendingKey(handlerId, at ?? "", sequence, id);
/** The item by which a delivery is found when it is due. */
const pendingPut = (delivery: DeliveryRecord): Write => {
  const key = pendingOf(delivery);
  const { id, nodeId } = delivery;
  return {
    kind: "put",
    key,
    item: { ...key, kind: "pending-delivery", id, nodeId, expiresAt: expiryOf(delivery) },
    when: [],
  };
};

/**
 * The writes of a new delivery: it has the next number of its node, in the same transaction. None where there is one already.
 * @throws on commit: Stale, where another one has that number
 */
export async function deliveryWrites(
  db: Database,
  handler: EventHandlerRecord,
  entry: LogEntry,
  nowMs: number,
): Promise<Write[]> {
  const id = deliveryIdOf(handler.id, entry.id);
  const counter = deliverySequenceKey(handler.id, entry.node.id);
  const [known, counted] = await db.getAll([deliveryKey(handler.id, id), counter]);
  if (known) return [];
  const before = typeof counted?.["sequence"] === "number" ? counted["sequence"] : 0;
  const delivery = newDelivery(handler, entry, { id, sequence: before + 1, nowMs });
  return [
    {
      kind: "update",
      key: counter,
      set: { kind: "delivery-sequence" },
      add: { sequence: 1 },
      when: [{ attribute: "sequence", counts: before }],
    },
    insert(deliveryKey(handler.id, id), { kind: "event-delivery", ...delivery, expiresAt: expiryOf(delivery) }),
    pendingPut(delivery),
  ];
}

/** The writes that bring a delivery from one state to another, as long as nobody else has. */
export function saveDelivery(before: DeliveryRecord, after: DeliveryRecord): Write[] {
  const set = Object.fromEntries(
    Object.entries(after).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof DeliveryRecord]),
    ),
  );
  const same = before.nextAttemptAt === after.nextAttemptAt;
  return [
    {
      kind: "update",
      key: deliveryKey(before.handlerId, before.id),
      set: { ...set, ...(before.retryUntil !== after.retryUntil && { expiresAt: expiryOf(after) }) },
      add: {},
      when: [
        { attribute: "attempts", is: before.attempts },
        { attribute: "state", is: before.state },
        { attribute: "retryUntil", is: before.retryUntil },
      ],
    },
    ...(before.nextAttemptAt === null || same ? [] : [{ kind: "delete" as const, key: pendingOf(before), when: [] }]),
    ...(after.nextAttemptAt === null || same ? [] : [pendingPut(after)]),
  ];
}

/** Deliveries of a handler that are due by a time, in their order. */
export async function duePending(
  db: Database,
  handlerId: string,
  until: string,
  limit: number,
): Promise<DeliveryRecord[]> {
  const { items } = await db.query({ pk: pendingPartition(handlerId), until: `${until}#~`, limit });
  const found = await db.getAll(items.map(({ id }) => deliveryKey(handlerId, String(id))));
  return found.flatMap((item) => (item ? [readDelivery(item)] : []));
}

/** When the next delivery of a handler is due (ISO 8601); null: there is none. */
export async function nextPending(db: Database, handlerId: string): Promise<string | null> {
  const [first] = (await db.query({ pk: pendingPartition(handlerId), limit: 1 })).items;
  return first === undefined ? null : String(first["sk"]).slice(0, "2026-01-01T00:00:00.000Z".length);
}

/** The deliveries of the event handlers of the caller's branch. Whoever calls has loaded the handler. */
export const deliveryStore = ({ db, now }: StoreContext) => ({
  /** A page of a handler's deliveries, newest first. */
  async list(handlerId: string, limit: number, after: string | null) {
    const { items } = await db.query({
      pk: deliveriesPartition(handlerId),
      prefix: deliveryPrefix,
      after: after ?? undefined,
      limit: limit + 1,
      newestFirst: true,
    });
    const deliveries = items.slice(0, limit).map(readDelivery);
    return { deliveries, next: items.length > limit ? (deliveries.at(-1)?.id ?? null) : null };
  },
  /** @throws DomainError not_found */
  async load(handlerId: string, id: string): Promise<DeliveryRecord> {
    const item = await db.get(deliveryKey(handlerId, id));
    if (!item) throw notFound("delivery");
    return readDelivery(item);
  },
  /** A delivery of one event to one handler, whatever the filter says, and the writes that make it. */
  async begin(handler: EventHandlerRecord, entry: LogEntry): Promise<{ delivery: DeliveryRecord; writes: Write[] }> {
    const writes = await deliveryWrites(db, handler, entry, now());
    const made = writes.find((write) => write.kind === "put" && write.item["kind"] === "event-delivery");
    if (made?.kind !== "put") throw new Error("The event of a test is new.");
    return { delivery: readDelivery(made.item), writes: [...writes, wakeLane(handler.id, now())] };
  },
  /** A delivery that is made once more, and the writes by which it is. */
  again(before: DeliveryRecord): { delivery: DeliveryRecord; writes: Write[] } {
    const delivery = redelivered(before, now());
    return { delivery, writes: [...saveDelivery(before, delivery), wakeLane(before.handlerId, now())] };
  },
});
