import * as fc from "fast-check";
import { expect, test } from "vitest";
import { crossings } from "../../../shared/domain/usage/thresholds.ts";

const limit = fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null });
const use = fc.record({ limit, used: fc.integer({ min: 0, max: 1500 }) });
/** Whether use has reached so many per cent of a limit, of which there must be something. */
const has = ({ limit: of, used }: { limit: number | null; used: number }, percent: number): boolean =>
  of !== null && of > 0 && used >= (of * percent) / 100;

test("each share of a limit that is reached and was not before is told once, in order, with limit and use", () => {
  fc.assert(
    fc.property(use, use, (before, after) => {
      const expected = [80, 90, 100].filter((percent) => has(after, percent) && !has(before, percent));
      const told = crossings("space", before, after);
      expect(told.map(({ percent }) => percent)).toEqual(expected);
      for (const one of told) expect(one).toMatchObject({ what: "space", limit: after.limit, used: after.used });
    }),
    { seed: 20_261_122, numRuns: 2_000 },
  );
});

test("use that goes up and down again tells a share each time that it is crossed upwards, and never downwards", () => {
  const told = [79, 80, 85, 95, 80, 79, 100, 100, 0, 90].map((used, index, all) =>
    crossings("quota", { limit: 100, used: all[index - 1] ?? 0 }, { limit: 100, used }).map(({ percent }) => percent),
  );
  expect(told).toEqual([[], [80], [], [90], [], [], [80, 90, 100], [], [], [80, 90]]);
});
