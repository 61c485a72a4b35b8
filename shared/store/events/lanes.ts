import * as z from "zod";
import { wakeLane, toRun } from "../table/event-lane.ts";
import type { Database } from "../table/database.ts";
import { dueKey, eventLaneKey } from "../table/keys.ts";
import { Stale } from "../table/writes.ts";
import type { Item } from "../table/units.ts";

/*
 * Each event handler has a lane: one function at a time delivers to its receiver, so that one which is slow or down takes nothing from others. The
 * lane says who that is, until when, how its receiver has answered of late, and when somebody is to look again. A function that died lets
 * go by its lease.
 */

/** A function works at a lane for less than its minute; then another may. */
const leaseMs = 90_000;

/** The lane of an event handler. */
export const LaneRecord = z.object({
  handlerId: z.string(),
  /** run: the stream hands it to somebody; held: somebody has it; idle: nobody need have it before `dueAt`. */
  wake: z.enum(["run", "held", "idle"]),
  /** Counts what has come into it, so that whoever lets go of it learns of what he has not seen. */
  wakes: z.int().default(0),
  lease: z.string().nullable().default(null),
  leaseUntil: z.string().nullable().default(null),
  dueAt: z.string().nullable().default(null),
  /** Until then its receiver is left alone. */
  pausedUntil: z.string().nullable().default(null),
  /** Attempts in a row that have failed, and since when none has succeeded. */
  failures: z.int().default(0),
  failingSince: z.string().nullable().default(null),
  /** Events that the next mail is to count beside those that it lists. */
  leftOut: z.int().default(0),
});
export type LaneRecord = z.infer<typeof LaneRecord>;

/** A lane as the table holds it. @throws z.ZodError where it is none */
export const readLane = (item: Item): LaneRecord => LaneRecord.parse(item);

const iso = (ms: number): string => new Date(ms).toISOString();
const dueAt = (handlerId: string, at: string) => ({
  dueAt: at,
  ...dueKey(eventLaneKey(handlerId).pk, "event-lane", at),
});
const never = { dueAt: null, duePk: null, dueSk: null };

/** Tells whoever delivers to some handlers that there is something to deliver. */
export const wakeLanes = async (db: Database, handlerIds: Iterable<string>, nowMs: number): Promise<void> => {
  await Promise.all([...new Set(handlerIds)].map((id) => db.update(wakeLane(id, nowMs))));
};

/** Hands a lane that is due to the stream, as long as it stands as it was seen. */
export const kickLane = async (db: Database, { handlerId, dueAt: seen }: LaneRecord, nowMs: number): Promise<void> => {
  await db.update({
    kind: "update",
    key: eventLaneKey(handlerId),
    set: toRun(handlerId, nowMs),
    add: {},
    when: [{ attribute: "dueAt", is: seen }],
  });
};

/**
 * Takes a lane for a while. null: somebody else has it, its receiver is to be left alone for now, or it is gone.
 * @param lease who takes it @throws Stale where it changes under the hand
 */
export async function takeLane(
  db: Database,
  handlerId: string,
  lease: string,
  nowMs: number,
): Promise<LaneRecord | null> {
  const item = await db.get(eventLaneKey(handlerId));
  if (!item) return null;
  const seen = readLane(item);
  const now = iso(nowMs);
  // Of two attempts of one call the first may have taken effect unheard.
  if (seen.lease === lease) return seen;
  if (seen.leaseUntil !== null && seen.leaseUntil > now) return null;
  const rests = seen.pausedUntil !== null && seen.pausedUntil > now ? seen.pausedUntil : null;
  const until = iso(nowMs + leaseMs);
  const set =
    rests === null
      ? { wake: "held", lease, leaseUntil: until, ...dueAt(handlerId, until) }
      : { wake: "idle", lease: null, leaseUntil: null, ...dueAt(handlerId, rests) };
  const taken = await db.update({
    kind: "update",
    key: eventLaneKey(handlerId),
    set,
    add: {},
    when: [
      { attribute: "lease", is: seen.lease },
      { attribute: "wakes", counts: seen.wakes },
    ],
  });
  if (taken === undefined) throw new Stale("The lane has changed.");
  return rests === null ? { ...seen, lease } : null;
}

/** What whoever has worked at a lane leaves behind. `next`: when something is due again; null: nothing is. */
export interface LaneOutcome extends Pick<LaneRecord, "pausedUntil" | "failures" | "failingSince"> {
  next: string | null;
  /** There is more to do at once. */
  more: boolean;
}

/** Lets go of a lane. What has come in meanwhile is looked at by the next. @throws Stale where it changes under the hand */
export async function releaseLane(
  db: Database,
  { handlerId, lease, wakes }: LaneRecord,
  { next, more, ...outcome }: LaneOutcome,
  nowMs: number,
): Promise<void> {
  const item = await db.get(eventLaneKey(handlerId));
  const seen = item ? readLane(item) : null;
  if (seen?.lease !== lease) return;
  const rests = outcome.pausedUntil;
  const came = seen.wakes !== wakes;
  const goesOn = rests === null && (more || came);
  const due = came ? (next ?? iso(nowMs)) : next;
  const at = due !== null && rests !== null && due < rests ? rests : due;
  const done = await db.update({
    kind: "update",
    key: eventLaneKey(handlerId),
    set: {
      ...outcome,
      lease: null,
      leaseUntil: null,
      ...(goesOn ? toRun(handlerId, nowMs) : { wake: "idle", ...(at === null ? never : dueAt(handlerId, at)) }),
    },
    add: {},
    when: [
      { attribute: "lease", is: lease },
      { attribute: "wakes", counts: seen.wakes },
    ],
  });
  if (done === undefined) throw new Stale("The lane has changed.");
}
