import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isNear, news, type Told, type Use, type Uses } from "../../../shared/domain/usage/thresholds.ts";

const limit = fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null });
const use = fc.record({ limit, used: fc.integer({ min: 0, max: 1500 }) });
/** Whether use has reached so many per cent of a limit, of which there must be something. */
const has = ({ limit: of, used }: Use, percent: number): boolean =>
  of !== null && of > 0 && used >= (of * percent) / 100;
const full = (used: number): Uses => ({ quota: { limit: 100, used } });
const percents = (before: Uses, after: Uses, told: Told): (number | null)[] =>
  news(before, after, told).crossed.map(({ percent }) => percent);

test("each share of a limit that is reached and was not before is told once, in order, with limit and use", () => {
  fc.assert(
    fc.property(use, use, (before, after) => {
      const expected = [80, 90, 100].filter((percent) => has(after, percent) && !has(before, percent));
      const { crossed } = news({ space: before }, { space: after }, { space: 100 });
      expect(crossed.map(({ percent }) => percent)).toEqual(expected);
      for (const one of crossed) expect(one).toMatchObject({ what: "space", limit: after.limit, used: after.used });
    }),
    { seed: 20_261_122, numRuns: 2_000 },
  );
});

test("use that goes up and down again tells a share each time that it is crossed upwards, and never downwards", () => {
  let told: Told = {};
  const seen = [79, 80, 85, 95, 80, 79, 100, 100, 0, 90].map((used, index, all) => {
    const outcome = news(full(all[index - 1] ?? 0), full(used), told);
    told = outcome.told;
    return outcome.crossed.map(({ percent }) => percent);
  });
  expect(seen).toEqual([[], [80], [], [90], [], [], [80, 90, 100], [], [], [80, 90]]);
});

describe("where a change was never brought", () => {
  test("its crossing upwards is told with the next change", () => {
    // 70 to 95 was lost; 95 to 96 comes.
    expect(percents(full(95), full(96), {})).toEqual([80, 90]);
  });
  test("its way down is known from the next change, so the next crossing is told again", () => {
    // 95 to 50 was lost; 50 to 92 comes.
    expect(percents(full(50), full(92), { quota: 90 })).toEqual([80, 90]);
  });
  test("its crossing is told with the next change also where that goes down again", () => {
    // 85 to 95 was lost; 95 to 50 comes.
    expect(news(full(95), full(50), { quota: 80 })).toEqual({
      crossed: [{ what: "quota", percent: 90, limit: 100, used: 95 }],
      told: {},
      changed: true,
    });
  });
  test("each crossing is told exactly once, as long as of two changes near a limit in a row one comes", () => {
    const step = fc.record({ used: fc.integer({ min: 0, max: 120 }), lost: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const of = [0, ...steps.map(({ used }) => used)];
        const all = [80, 90, 100].flatMap((share) =>
          steps.flatMap(({ used }, nth) => (used >= share && (of[nth] ?? 0) < share ? [share] : [])),
        );
        let told: Told = {};
        let lostLast = false;
        const seen: (number | null)[] = [];
        for (const [nth, { used, lost }] of [...steps, { used: of.at(-1) ?? 0, lost: false }].entries()) {
          const [before, after] = [full(of[nth] ?? 0), full(used)];
          if (!(isNear(before) || isNear(after))) continue;
          lostLast = lost && !lostLast;
          if (lostLast) continue;
          const outcome = news(before, after, told);
          seen.push(...outcome.crossed.map(({ percent }) => percent));
          told = outcome.told;
        }
        expect(seen.toSorted()).toEqual(all.toSorted());
      }),
      { seed: 20_261_127, numRuns: 2_000 },
    );
  });
  test("nothing is told twice", () => {
    expect(percents(full(91), full(95), { quota: 90 })).toEqual([]);
  });
});

test("the soft limit is told once it is reached, without a share", () => {
  const soft = (used: number): Uses => ({ softSpace: { limit: 50, used } });
  expect(news(soft(49), soft(50), {})).toEqual({
    crossed: [{ what: "softSpace", percent: null, limit: 50, used: 50 }],
    told: { softSpace: 100 },
    changed: true,
  });
  expect(percents(soft(45), soft(49), {})).toEqual([]);
});

test("only a use that is near a limit is worth a look at what was told", () => {
  expect([isNear(full(79)), isNear(full(80)), isNear({ space: { limit: null, used: 5 } })]).toEqual([
    false,
    true,
    false,
  ]);
});
