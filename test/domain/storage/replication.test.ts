import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReplicationSchedule } from "../../../shared/domain/hierarchy/own-storage.ts";
import { nextReplication } from "../../../shared/domain/hierarchy/effective-replication.ts";
import { wallClock } from "../../../shared/domain/terms/wall-clock.ts";

const times = (schedule: ReplicationSchedule, zone: string, after: string, count: number): string[] => {
  const found: number[] = [];
  for (let last = Date.parse(after); found.length < count; found.push(last))
    last = nextReplication(schedule, zone, last);
  return found.map((at) => new Date(at).toISOString().slice(0, 16));
};

describe("data are copied", () => {
  test("every so many hours from midnight of the customer's zone, also of one with half hours", () => {
    const schedule = { frequency: "hourly", everyHours: 8 } as const;
    expect(times(schedule, "Asia/Kolkata", "2026-01-01T00:00:00Z", 3)).toEqual([
      "2026-01-01T02:30",
      "2026-01-01T10:30",
      "2026-01-01T18:30",
    ]);
    expect(times(schedule, "UTC", "2026-01-01T08:00:00Z", 1)).toEqual(["2026-01-01T16:00"]);
  });

  test("every hour also while the clocks are changed", () => {
    const schedule = { frequency: "hourly", everyHours: 1 } as const;
    // At 01:00 UTC the clocks of Berlin are put back from 03:00 to 02:00, and in March forward from 02:00 to 03:00.
    for (const day of ["2026-10-25", "2026-03-29"])
      expect(times(schedule, "Europe/Berlin", `${day}T00:30:00Z`, 3)).toEqual([
        `${day}T01:00`,
        `${day}T02:00`,
        `${day}T03:00`,
      ]);
  });

  test("at a time of day, once also where the clocks skip it or show it twice", () => {
    const daily = { frequency: "daily", at: "02:30" } as const;
    expect(times(daily, "Europe/Berlin", "2026-03-28T12:00:00Z", 2)).toEqual(["2026-03-29T01:30", "2026-03-30T00:30"]);
    expect(times(daily, "Europe/Berlin", "2026-10-24T12:00:00Z", 2)).toEqual(["2026-10-25T00:30", "2026-10-26T01:30"]);
  });

  test("on a day of the week", () => {
    const weekly = { frequency: "weekly", weekday: 6, at: "23:30" } as const;
    // 2026-11-29 is a Sunday.
    expect(times(weekly, "America/New_York", "2026-11-29T12:00:00Z", 2)).toEqual([
      "2026-12-06T04:30",
      "2026-12-13T04:30",
    ]);
  });

  test("always later than now, at a time that the schedule names", () => {
    const schedules = fc.oneof(
      fc.record({
        frequency: fc.constant("hourly" as const),
        everyHours: fc.constantFrom(1, 2, 3, 4, 6, 8, 12) as fc.Arbitrary<1 | 2 | 3 | 4 | 6 | 8 | 12>,
      }),
      fc.record({ frequency: fc.constant("daily" as const), at: fc.constantFrom("00:00", "06:15", "12:30", "23:59") }),
    );
    const zones = fc.constantFrom("UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns");
    const moments = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) });
    fc.assert(
      fc.property(schedules, zones, moments, (schedule, zone, now) => {
        const next = nextReplication(schedule, zone, now);
        expect(next).toBeGreaterThan(now);
        const wall = new Date(wallClock(zone, next)).toISOString().slice(11, 16);
        if (schedule.frequency === "daily") expect(wall).toBe(schedule.at);
        else {
          expect(wall.slice(3)).toBe("00");
          expect(Number(wall.slice(0, 2)) % schedule.everyHours).toBe(0);
        }
      }),
      { numRuns: 300 },
    );
  });
});
