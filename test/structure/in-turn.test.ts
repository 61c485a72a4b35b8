import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { parts } from "../long/parts.ts";
import { dayOf, restingToday, turns } from "../support/in-turn.ts";

const root = resolve(import.meta.dirname, "../..");
const today = dayOf(Date.now());

test.each(turns)(
  "each test that takes turns is run on one day of $days, and is a part of the long run",
  ({ files, days }) => {
    const resting = Array.from({ length: days }, (_, nth) => restingToday([], today + nth));
    for (const file of files) {
      expect(existsSync(resolve(root, file)), file).toBe(true);
      expect(
        resting.filter((list) => !list.includes(file)),
        file,
      ).toHaveLength(1);
      expect(
        parts.some((part) => part.files.includes(file)),
        file,
      ).toBe(true);
    }
  },
);

test("whoever names files gets them, options or not", () => {
  expect(restingToday(["--reporter=dot"], today)).not.toEqual([]);
  expect(restingToday(["--reporter=dot", "test/e2e/fleet.test.ts"], today)).toEqual([]);
});
