import { dueKey, timerKey, type TimerKind } from "./keys.ts";
import type { Item } from "./units.ts";
import type { Put, Write } from "./writes.ts";

/** The times at which something is to be looked at, as they follow from its record; null or absent: never. ISO 8601. */
export type Timers = Readonly<Partial<Record<TimerKind, string | null>>>;

/** The write that sets an item's timer, in the place of the one that it may have. */
export function timerPut(ownerPk: string, kind: TimerKind, at: string): Put {
  const key = timerKey(ownerPk, kind);
  return { kind: "put", key, item: { ...key, kind: "timer", timer: kind, at, ...dueKey(ownerPk, kind, at) }, when: [] };
}

/**
 * The write by which something joins what waits for an item's timer. One that is set is put off by a millisecond only: enough for whoever is just
 * handling it to look again, since the time is no longer the one that he has seen.
 * @param waiting the timer as it was read, if there is one
 * @param at when it is due, if there is none
 */
export function joinTimer(ownerPk: string, kind: TimerKind, waiting: Item | undefined, at: string): Put {
  const set = waiting?.["at"];
  return timerPut(ownerPk, kind, typeof set === "string" ? new Date(Date.parse(set) + 1).toISOString() : at);
}

/**
 * The writes that bring an item's timers from those of one state of its record to those of another. They carry no conditions: the
 * record's version decides. A sweep may have put a timer off in between without touching the record.
 */
export function timerChanges(ownerPk: string, before: Timers, after: Timers): Write[] {
  const kinds = [...new Set([...Object.keys(before), ...Object.keys(after)])] as TimerKind[];
  return kinds.flatMap((kind): Write[] => {
    const [old, at] = [before[kind] ?? null, after[kind] ?? null];
    if (old === at) return [];
    return at === null ? [{ kind: "delete", key: timerKey(ownerPk, kind), when: [] }] : [timerPut(ownerPk, kind, at)];
  });
}
