import * as z from "zod";

/*
 * What a customer's own devices used during a day, at its end and at most. The roll-up knows only by how much that changes, since moves and purges change
 * it too: it keeps a level that starts at nothing, and what it was on the last days on which something changed.
 */

const UsageDay = z.object({
  /** In the customer's time zone. */
  day: z.string(),
  /** The level before the first change of the day, after the last one, and the highest in between. */
  start: z.int(),
  end: z.int(),
  peak: z.int(),
});

/** How what a customer's own devices use has moved lately, in bytes; only differences mean something. */
export const UsageLevel = z.object({ level: z.int().default(0), days: z.array(UsageDay).default([]) });
export type UsageLevel = z.infer<typeof UsageLevel>;

/** Days with changes that are remembered: more than a night is late. */
const daysKept = 4;

/** The level after changes of a day, in their order. What comes late counts on the last day that is known. */
export function movedBy({ level, days }: UsageLevel, today: string, deltas: readonly number[]): UsageLevel {
  if (deltas.length === 0) return { level, days };
  const last = days.at(-1);
  const known = last !== undefined && last.day >= today ? last : undefined;
  let [now, peak] = [level, known?.peak ?? level];
  for (const delta of deltas) {
    now += delta;
    peak = Math.max(peak, now);
  }
  const changed = { day: known?.day ?? today, start: known?.start ?? level, end: now, peak };
  return { level: now, days: [...(known ? days.slice(0, -1) : days), changed].slice(-daysKept) };
}

/**
 * What a customer used at the end of a day that is over, and at most during it.
 * @param usedBytes what its own devices use now, when the level was read
 */
export function usedOn(
  { level, days }: UsageLevel,
  day: string,
  usedBytes: number,
): { usedBytes: number; peakBytes: number } {
  const own = days.find((one) => one.day === day);
  const before = days.findLast((one) => one.day < day);
  const after = days.find((one) => one.day > day);
  const end = own?.end ?? before?.end ?? after?.start ?? level;
  const at = (past: number): number => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, usedBytes - level + past));
  return { usedBytes: at(end), peakBytes: at(Math.max(end, own?.peak ?? end)) };
}
