import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { parts } from "../long/parts.ts";
import { dayOf, restingToday } from "../support/in-turn.ts";

const root = resolve(import.meta.dirname, "../..");
const today = dayOf(Date.now());
const days = [0, 1, 2, 3].map((nth) => today + nth);

test("each test that takes turns is run on one day of four, and is a part of the long run", () => {
  const resting = days.map((day) => restingToday([], day));
  const all = [...new Set(resting.flat())];
  expect(all.length).toBeGreaterThan(0);
  for (const file of all) {
    expect(existsSync(resolve(root, file)), file).toBe(true);
    expect(
      resting.filter((list) => !list.includes(file)),
      file,
    ).toHaveLength(1);
    expect(
      parts.some(({ files }) => files.includes(file)),
      file,
    ).toBe(true);
  }
});

test("whoever names files gets them, options or not", () => {
  expect(restingToday(["--reporter=dot"], today)).not.toEqual([]);
  expect(restingToday(["--reporter=dot", "test/e2e/fleet.test.ts"], today)).toEqual([]);
});
