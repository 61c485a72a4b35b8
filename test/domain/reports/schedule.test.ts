import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { duePeriod } from "../../../shared/domain/reports/period.ts";
import { lastTime, nextTime, type Schedule } from "../../../shared/domain/terms/schedule.ts";
import { wallClock } from "../../../shared/domain/terms/wall-clock.ts";

const iso = (ms: number): string => new Date(ms).toISOString();
const at = (text: string): number => Date.parse(text);
const daily = (timezone: string, hour: number, minute = 0): Schedule => ({
  frequency: "daily",
  weekday: null,
  day: null,
  hour,
  minute,
  timezone,
});
/** The times of a schedule after an instant. */
const times = (schedule: Schedule, after: string, count: number): string[] => {
  const found: number[] = [];
  for (let last = at(after); found.length < count; found.push(last)) last = nextTime(schedule, last);
  return found.map(iso);
};
const dayMs = 86_400_000;

describe("a time of day that the clocks", () => {
  test("show twice comes once, the first time", () => {
    expect(times(daily("Europe/Berlin", 2, 30), "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
    ]);
    expect(times(daily("America/New_York", 1, 30), "2026-10-31T12:00:00Z", 2)).toEqual([
      "2026-11-01T05:30:00.000Z",
      "2026-11-02T06:30:00.000Z",
    ]);
    // Lord Howe puts its clocks back by half an hour.
    expect(times(daily("Australia/Lord_Howe", 1, 45), "2026-04-04T00:00:00Z", 2)).toEqual([
      "2026-04-04T14:45:00.000Z",
      "2026-04-05T15:15:00.000Z",
    ]);
  });

  test("skip comes once, as much later", () => {
    expect(times(daily("Europe/Berlin", 2, 30), "2026-03-28T12:00:00Z", 2)).toEqual([
      "2026-03-29T01:30:00.000Z",
      "2026-03-30T00:30:00.000Z",
    ]);
    expect(times(daily("America/New_York", 2, 30), "2026-03-07T12:00:00Z", 2)).toEqual([
      "2026-03-08T07:30:00.000Z",
      "2026-03-09T06:30:00.000Z",
    ]);
    expect(times(daily("Australia/Lord_Howe", 2, 15), "2026-10-03T00:00:00Z", 2)).toEqual([
      "2026-10-03T15:45:00.000Z",
      "2026-10-04T15:15:00.000Z",
    ]);
  });

  test("show in zones with half hours and quarters is what those clocks show", () => {
    expect(times(daily("Asia/Kolkata", 6), "2026-01-01T00:00:00Z", 1)).toEqual(["2026-01-01T00:30:00.000Z"]);
    expect(times(daily("Asia/Kathmandu", 6), "2026-01-01T00:00:00Z", 1)).toEqual(["2026-01-01T00:15:00.000Z"]);
  });
});

describe("a weekly report", () => {
  test("comes on its weekday, Sunday included", () => {
    const weekly = (weekday: number): Schedule => ({ ...daily("Europe/Berlin", 6), frequency: "weekly", weekday });
    expect(times(weekly(1), "2026-11-27T12:00:00Z", 2)).toEqual([
      "2026-11-30T05:00:00.000Z",
      "2026-12-07T05:00:00.000Z",
    ]);
    expect(times(weekly(7), "2026-11-27T12:00:00Z", 1)).toEqual(["2026-11-29T05:00:00.000Z"]);
    expect(times(weekly(5), "2026-11-27T04:59:59Z", 1)).toEqual(["2026-11-27T05:00:00.000Z"]);
  });
});

describe("a monthly report", () => {
  const monthly = (day: number): Schedule => ({ ...daily("UTC", 6), frequency: "monthly", day });
  test("on the 31st comes on the last day of shorter months", () => {
    expect(times(monthly(31), "2027-12-31T12:00:00Z", 4).map((time) => time.slice(0, 10))).toEqual([
      "2028-01-31",
      "2028-02-29",
      "2028-03-31",
      "2028-04-30",
    ]);
  });
  test("on the 29th comes on 28 February where there is no 29th", () => {
    expect(times(monthly(29), "2027-01-30T00:00:00Z", 2).map((time) => time.slice(0, 10))).toEqual([
      "2027-02-28",
      "2027-03-29",
    ]);
  });
});

const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham", "UTC"];
const anySchedule = fc
  .record({
    frequency: fc.constantFrom("daily", "weekly", "monthly" as const),
    weekday: fc.integer({ min: 1, max: 7 }),
    day: fc.integer({ min: 1, max: 31 }),
    hour: fc.integer({ min: 0, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
    timezone: fc.constantFrom(...zones),
  })
  .map((one): Schedule => one);
const anyInstant = fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2028-12-31T00:00:00Z") });

test("of any schedule there is one time on each of its days, and none on another", () => {
  fc.assert(
    fc.property(anySchedule, anyInstant, (schedule, start) => {
      const seen = new Set<number>();
      for (let last = start, count = 0; count < 40; count += 1) {
        const next = nextTime(schedule, last);
        expect(next).toBeGreaterThan(last);
        const wall = wallClock(schedule.timezone, next);
        const day = Math.floor(wall / dayMs);
        expect(seen.has(day)).toBe(false);
        seen.add(day);
        // As it should be, or as much later as the clocks were put forward.
        const behind = (wall % dayMs) / 60_000 - (schedule.hour * 60 + schedule.minute);
        expect([0, 30, 60]).toContain(behind);
        expect(lastTime(schedule, next + 1)).toBe(next);
        if (count > 0) expect(lastTime(schedule, next)).toBe(last);
        if (count > 0) {
          const most = { daily: 1, weekly: 7, monthly: 31 }[schedule.frequency];
          expect(Math.round((next - last) / dayMs)).toBeLessThanOrEqual(most);
        }
        last = next;
      }
    }),
    { numRuns: 60 },
  );
});

describe("the period of a report that is due", () => {
  const nightly = daily("Europe/Berlin", 2, 30);
  test("runs from the last report to its time, however late it is noticed", () => {
    const due = "2026-11-27T01:30:00.000Z";
    expect(duePeriod(nightly, due, "2026-11-26T01:30:00.000Z", at("2026-11-27T01:44:00Z"))).toEqual({
      from: "2026-11-26T01:30:00.000Z",
      to: due,
      missed: 0,
    });
    expect(duePeriod(nightly, due, null, at(due))).toEqual({ from: "2026-11-26T01:30:00.000Z", to: due, missed: 0 });
  });
  test("is one for all that were missed, and says how many", () => {
    expect(
      duePeriod(nightly, "2026-11-01T01:30:00.000Z", "2026-10-31T01:30:00.000Z", at("2026-12-01T00:00:00Z")),
    ).toEqual({
      from: "2026-10-31T01:30:00.000Z",
      to: "2026-11-30T01:30:00.000Z",
      missed: 29,
    });
  });
  test("that was due before the schedule was changed is its own", () => {
    const weekly: Schedule = { ...nightly, frequency: "weekly", weekday: 1 };
    const due = "2026-11-27T01:30:00.000Z";
    expect(duePeriod(weekly, due, "2026-11-26T01:30:00.000Z", at("2026-11-27T01:40:00Z"))).toEqual({
      from: "2026-11-26T01:30:00.000Z",
      to: due,
      missed: 0,
    });
  });
});
