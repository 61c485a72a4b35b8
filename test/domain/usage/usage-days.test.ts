import * as fc from "fast-check";
import { expect, test } from "vitest";
import { movedBy, type UsageLevel, usedOn } from "../../../shared/domain/usage/usage-days.ts";

const none: UsageLevel = { level: 0, days: [] };
const dayOf = (nth: number): string => `2026-03-${String(nth).padStart(2, "0")}`;
/** Changes of some days: for each the day, and by how much what is used changed, one after the other. */
const history = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 5 })), {
    maxLength: 4,
  })
  .map((steps) => {
    let day = 1;
    return steps.map(([ahead, uses]) => ({ day: (day += ahead), uses }));
  });

test("the end and the peak of a day are those of what was used, whatever else the customer had before", () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 20 }), (steps, began, asked) => {
      let [level, used] = [none, began];
      const seen: { day: number; used: number }[] = [];
      for (const { day, uses } of steps) {
        // Each use is an amount above what the customer had at the beginning.
        let before = used;
        const changes = uses.map((use) => {
          const delta = use + began - before;
          before = use + began;
          return delta;
        });
        level = movedBy(level, dayOf(day), changes);
        for (const use of uses) seen.push({ day, used: (used = use + began) });
      }
      const until = seen.filter(({ day }) => day <= asked);
      const end = until.at(-1)?.used ?? began;
      const within = seen.filter(({ day }) => day === asked).map((one) => one.used);
      expect(usedOn(level, dayOf(asked), used)).toEqual({
        usedBytes: end,
        peakBytes: Math.max(end, ...within, startOf()),
      });

      /** What was used when the day began counts for its peak where anything changed on it. */
      function startOf(): number {
        if (within.length === 0) return end;
        return seen.findLast(({ day }) => day < asked)?.used ?? began;
      }
    }),
  );
});

test("what accounts bring along in a move counts for every day that is remembered", () => {
  const level = movedBy(movedBy(none, dayOf(1), [100]), dayOf(2), [50, -120]);
  expect(usedOn(level, dayOf(1), 30 + 1000)).toEqual({ usedBytes: 1100, peakBytes: 1100 });
  expect(usedOn(level, dayOf(2), 30 + 1000)).toEqual({ usedBytes: 1030, peakBytes: 1150 });
});

test("a change that comes late counts on the last day that is known", () => {
  const level = movedBy(movedBy(none, dayOf(2), [100]), dayOf(1), [7]);
  expect(level.days).toEqual([{ day: dayOf(2), start: 0, end: 107, peak: 107 }]);
});

test("what was given back is never less than nothing", () => {
  const level = movedBy(none, dayOf(1), [100, -100]);
  expect(usedOn(level, dayOf(1), 0)).toEqual({ usedBytes: 0, peakBytes: 100 });
  expect(usedOn(movedBy(level, dayOf(2), [40]), dayOf(1), 0)).toEqual({ usedBytes: 0, peakBytes: 60 });
});

test("the days of a week that nobody read are forgotten", () => {
  let level = none;
  for (let nth = 1; nth <= 7; nth += 1) level = movedBy(level, dayOf(nth), [1]);
  expect(level.days.map(({ day }) => day)).toEqual([4, 5, 6, 7].map(dayOf));
});
