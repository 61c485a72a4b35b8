import { dueKey, timerKey, type TimerKind } from "./keys.ts";
import { insert, removeWhere, type Write } from "./writes.ts";

/** The write of a new timer. */
export const timerWrite = (ownerPk: string, kind: TimerKind, at: string): Write =>
  insert(timerKey(ownerPk, kind), { kind: "timer", timer: kind, at, ...dueKey(ownerPk, kind, at) });

/** The writes that bring an item's timer from one time to another; null: it has none. */
export function timerChange(ownerPk: string, kind: TimerKind, before: string | null, after: string | null): Write[] {
  if (before === after) return [];
  if (before === null) return after === null ? [] : [timerWrite(ownerPk, kind, after)];
  if (after === null) return [removeWhere(timerKey(ownerPk, kind), "at", before)];
  const key = timerKey(ownerPk, kind);
  return [
    {
      kind: "put",
      key,
      item: { ...key, kind: "timer", timer: kind, at: after, ...dueKey(ownerPk, kind, after) },
      when: [{ attribute: "at", is: before }],
    },
  ];
}
