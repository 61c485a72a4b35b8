import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DomainError } from "../../../shared/domain/terms/errors.ts";
import {
  billedFrom,
  billedShare,
  dayMs,
  daysLeft,
  endedTrial,
  extendedTrial,
  nextNotice,
  trialEndAfter,
  type TrialTerms,
} from "../../../shared/domain/terms/trial.ts";

const start = Date.parse("2030-03-01T10:00:00.000Z");
const day = (days: number): string => new Date(start + days * dayMs).toISOString();
const inTrial: TrialTerms = {
  createdAt: day(0),
  trialEndsAt: day(30),
  trialNoticeAt: day(23),
  trialExtendedAt: null,
  productionSince: null,
};
const never: TrialTerms = { ...inTrial, trialEndsAt: null, trialNoticeAt: null };
const inProduction: TrialTerms = { ...never, productionSince: day(30) };
/** The code and the place of a refusal. */
const refusal = (work: () => unknown): [code: string, path: string | undefined] => {
  try {
    work();
  } catch (error) {
    if (error instanceof DomainError) return [error.code, error.errors[0]?.path];
    throw error;
  }
  throw new Error("It was not refused.");
};

describe("the notices of a trial", () => {
  test("are due 7, 3 and 1 days before its end, each once the one before has passed", () => {
    expect(nextNotice(day(30), start)).toBe(day(23));
    expect(nextNotice(day(30), start + 23 * dayMs - 1)).toBe(day(23));
    expect(nextNotice(day(30), start + 23 * dayMs)).toBe(day(27));
    expect(nextNotice(day(30), start + 27 * dayMs)).toBe(day(29));
    expect(nextNotice(day(30), start + 29 * dayMs)).toBeNull();
    expect(nextNotice(day(30), start + 40 * dayMs)).toBeNull();
  });

  test("that a short trial has no time for are left out", () => {
    expect(nextNotice(day(7), start)).toBe(day(4));
    expect(nextNotice(day(2), start)).toBe(day(1));
    expect(nextNotice(day(1), start)).toBeNull();
  });

  test("come in order, all before the end, and no two less than two days apart", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 365 }), (days) => {
        const times: number[] = [start];
        for (let at = nextNotice(day(days), start); at !== null; at = nextNotice(day(days), Date.parse(at)))
          times.push(Date.parse(at));
        const notices = times.slice(1);
        expect(notices).toEqual([7, 3, 1].filter((left) => left < days).map((left) => start + (days - left) * dayMs));
      }),
    );
  });
});

test("the days left are those that have begun, and 0 from the end on", () => {
  const at = (ms: number): number => daysLeft(day(30), start + ms);
  expect([at(0), at(1), at(29 * dayMs), at(30 * dayMs - 1), at(30 * dayMs), at(31 * dayMs)]).toEqual([
    30, 30, 1, 1, 0, 0,
  ]);
  expect(trialEndAfter(start, 30)).toBe(day(30));
});

describe("what is billed", () => {
  test("begins with the end of a trial, also of one that lasts, or else with the customer", () => {
    expect(billedFrom(inTrial)).toBe(day(30));
    expect(billedFrom(inProduction)).toBe(day(30));
    expect(billedFrom(never)).toBe(day(0));
  });

  test("of the month of change is its part from the very moment of the end", () => {
    const month = ["2030-03-01T00:00:00.000Z", "2030-04-01T00:00:00.000Z"] as const;
    const changed = { ...inProduction, productionSince: "2030-03-31T00:00:00.000Z" };
    expect(billedShare(changed, ...month, null)).toBeCloseTo(1 / 31, 12);
    expect(billedShare({ ...changed, productionSince: "2030-03-16T12:00:00.000Z" }, ...month, null)).toBe(0.5);
    expect(billedShare({ ...changed, productionSince: month[0] }, ...month, null)).toBe(1);
    expect(billedShare({ ...changed, productionSince: month[1] }, ...month, null)).toBe(0);
  });

  test("is the share of a period's minutes in production and not deleted, counted one by one", () => {
    const minute = 60_000;
    const moment = fc
      .integer({ min: -100, max: 400 })
      .map((minutes) => new Date(start + minutes * minute).toISOString());
    fc.assert(
      fc.property(
        moment,
        moment,
        moment,
        fc.option(moment),
        fc.constantFrom("trial", "production", "none"),
        (from, until, since, ended, kind) => {
          const terms: TrialTerms = {
            ...never,
            createdAt: kind === "none" ? since : day(-60),
            trialEndsAt: kind === "trial" ? since : null,
            productionSince: kind === "production" ? since : null,
          };
          let [all, billed] = [0, 0];
          for (let at = Date.parse(from); at < Date.parse(until); at += minute) {
            all += 1;
            if (at >= Date.parse(since) && (ended === null || at < Date.parse(ended))) billed += 1;
          }
          expect(billedShare(terms, from, until, ended)).toBeCloseTo(all === 0 ? 0 : billed / all, 12);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("in neighbouring periods adds up to what is billed in both together", () => {
    const offset = fc.integer({ min: 0, max: 90 * dayMs });
    fc.assert(
      fc.property(offset, offset, offset, offset, fc.option(offset), (a, b, c, since, ended) => {
        const [from, between, until] = [a, b, c].toSorted((one, other) => one - other) as [number, number, number];
        const iso = (ms: number): string => new Date(start + ms).toISOString();
        const terms = { ...inProduction, productionSince: iso(since) };
        const end = ended === null ? null : iso(ended);
        const length = (one: number, other: number): number =>
          billedShare(terms, iso(one), iso(other), end) * (other - one);
        expect(length(from, between) + length(between, until)).toBeCloseTo(length(from, until), 3);
      }),
    );
  });
});

describe("the end of a trial", () => {
  test("puts into production from the moment that is said, and no further notice is due", () => {
    expect(endedTrial(inTrial, day(30))).toEqual({ trialEndsAt: null, trialNoticeAt: null, productionSince: day(30) });
    expect(billedFrom({ ...inTrial, ...endedTrial(inTrial, day(12)) })).toBe(day(12));
  });

  test("is refused where there is none", () => {
    expect(refusal(() => endedTrial(never, day(1)))).toEqual(["not_applicable", undefined]);
    expect(refusal(() => endedTrial(inProduction, day(31)))).toEqual(["not_applicable", undefined]);
  });
});

describe("the extension of a trial", () => {
  const now = start + 28 * dayMs;
  const extend = (endsAt: string, { terms = inTrial, most = 30, nowMs = now } = {}) =>
    extendedTrial(terms, endsAt, most, nowMs);

  test("sets the end, begins the notices anew, and is remembered", () => {
    expect(extend(day(45))).toEqual({ trialEndsAt: day(45), trialNoticeAt: day(38), trialExtendedAt: day(28) });
    expect(extend(day(31))).toMatchObject({ trialEndsAt: day(31), trialNoticeAt: day(30) });
    expect(extend(day(60))).toMatchObject({ trialEndsAt: day(60) });
  });

  test("is refused once its end has come, though no sweep has ended the trial yet", () => {
    const late = { nowMs: start + 31 * dayMs };
    expect(refusal(() => extend(day(33), late))).toEqual(["not_applicable", undefined]);
  });

  test("is written in UTC, in whatever zone the end was said", () => {
    expect(extend("2030-04-05T12:00:00+02:00").trialEndsAt).toBe("2030-04-05T10:00:00.000Z");
  });

  test("is refused without a trial, and a second time", () => {
    expect(refusal(() => extend(day(45), { terms: inProduction }))).toEqual(["not_applicable", undefined]);
    const terms = { ...inTrial, trialExtendedAt: day(5) };
    expect(refusal(() => extend(day(45), { terms }))).toEqual(["trial_extended", undefined]);
  });

  test("is refused into the past, to the present end, and to an earlier one", () => {
    for (const endsAt of [day(27), day(28), day(29), day(30)])
      expect(refusal(() => extend(endsAt))).toEqual(["invalid_time", "endsAt"]);
  });

  test("is refused beyond what the settings allow, and where they allow none", () => {
    expect(refusal(() => extend(day(60.1)))).toEqual(["trial_too_long", "endsAt"]);
    expect(refusal(() => extend(day(31), { most: 0 }))).toEqual(["trial_too_long", "endsAt"]);
  });

  test("is refused beyond a year from the beginning, whatever the settings allow", () => {
    expect(extend(day(365), { most: 365 })).toMatchObject({ trialEndsAt: day(365) });
    expect(refusal(() => extend(new Date(start + 365 * dayMs + 1).toISOString(), { most: 365 }))).toEqual([
      "trial_too_long",
      "endsAt",
    ]);
  });
});
