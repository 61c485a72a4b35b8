import * as z from "zod";
import { dayMs } from "../terms/trial.ts";

/*
 * Days of the calendar, by name: what a clock shows, and whether it was changed, does not matter here. A day belongs to the time zone of its customer.
 */

export const Day = z.iso.date().meta({ description: "A day of the calendar", examples: ["2026-11-30"] });

/** Days of the calendar, the first and the last of them included. */
export const Period = z.object({ from: Day, to: Day }).meta({ id: "BillingPeriod" });
export type Period = z.infer<typeof Period>;

const stamp = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const named = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The day so many days later; earlier, if negative. */
export const addDays = (day: string, count: number): string => named(stamp(day) + count * dayMs);

/** How many days the month of a day has: 28 to 31. */
export const daysInMonth = (day: string): number =>
  new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 0)).getUTCDate();

/** The month of a day, such as 2026-11. */
export const monthOf = (day: string): string => day.slice(0, 7);

/** The month before that of a day, as a period. */
export function monthBefore(day: string): Period {
  const to = addDays(`${monthOf(day)}-01`, -1);
  return { from: `${monthOf(to)}-01`, to };
}

/** Every day of a period, in order. */
export function* daysOf({ from, to }: Period): Generator<string> {
  for (let day = from; day <= to; day = addDays(day, 1)) yield day;
}

/** Days that follow each other and have the same value. */
export interface Run<T> extends Period {
  value: T;
}

/**
 * Values of days, as runs of neighbours that have the same one.
 * @param values in the order of their days, one for each day
 */
export function runsOf<T extends string | number | null>(values: Iterable<readonly [day: string, value: T]>): Run<T>[] {
  const runs: Run<T>[] = [];
  for (const [day, value] of values) {
    const last = runs.at(-1);
    if (last && last.value === value && addDays(last.to, 1) === day) last.to = day;
    else runs.push({ from: day, to: day, value });
  }
  return runs;
}

/** Days, as periods of neighbours. @param days in order, each once */
export const periodsOf = (days: readonly string[]): Period[] =>
  runsOf(days.map((day) => [day, null] as const)).map(({ from, to }) => ({ from, to }));
