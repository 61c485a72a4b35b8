import { instantOf, wallClock } from "./wall-clock.ts";

/*
 * Something comes at a time of day in a zone: every day, on one day of the week, or on one day of the month. Its time exists once on every day, also on
 * those on which the clocks are changed: what the clocks show twice counts the first time, and what they skip comes as much later.
 */

/** When something comes. */
export interface Schedule {
  frequency: "daily" | "weekly" | "monthly";
  /** Of a weekly schedule: 1 is Monday, 7 is Sunday. */
  weekday: number | null;
  /** Of a monthly schedule: 1 to 31. A month that has no such day has it on its last. */
  day: number | null;
  hour: number;
  minute: number;
  /** IANA name. */
  timezone: string;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** The midnights (wall clock, as if UTC) on which something comes, from the period that holds `wall` on, forwards or backwards. */
function* days({ frequency, weekday, day }: Schedule, wall: number, step: 1 | -1): Generator<number> {
  const midnight = Math.floor(wall / dayMs) * dayMs;
  if (frequency === "monthly") {
    const start = new Date(midnight);
    for (let count = 0; ; count += step) {
      const [year, month] = [start.getUTCFullYear(), start.getUTCMonth() + count];
      const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
      yield Date.UTC(year, month, Math.min(day ?? 1, last));
    }
  }
  // 1970-01-01 was a Thursday.
  const weekdayOf = (at: number): number => ((Math.floor(at / dayMs) + 3) % 7) + 1;
  const first = frequency === "weekly" ? midnight + ((weekday ?? 1) - weekdayOf(midnight)) * dayMs : midnight;
  for (let at = first; ; at += step * (frequency === "weekly" ? 7 : 1) * dayMs) yield at;
}

const instantsOf = function* (schedule: Schedule, from: number, step: 1 | -1): Generator<number> {
  const { timezone, hour, minute } = schedule;
  const start = wallClock(timezone, from);
  // The period before, or after: the time of its day may lie on this side.
  const margin = { daily: 2, weekly: 8, monthly: 32 }[schedule.frequency] * dayMs;
  for (const day of days(schedule, start - step * margin, step))
    yield instantOf(timezone, day + (hour * 60 + minute) * minuteMs);
};

/** The first time after an instant at which it comes. Milliseconds since the epoch, both ways. */
export function nextTime(schedule: Schedule, after: number): number {
  for (const at of instantsOf(schedule, after, 1)) if (at > after) return at;
  throw new Error("There is always a next day.");
}

/** The last time before an instant at which it came, or would have. */
export function lastTime(schedule: Schedule, before: number): number {
  for (const at of instantsOf(schedule, before, -1)) if (at < before) return at;
  throw new Error("There is always a day before.");
}
