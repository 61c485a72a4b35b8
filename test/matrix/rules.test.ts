import { expect, test } from "vitest";
import { operations } from "../../functions/routes.ts";
import { allCells, sampleOf } from "./cells.ts";
import { withBodies } from "./requests.ts";
import { ruledOperations } from "./rule.ts";

test("the rule of the matrix names every route once, and nothing else", () => {
  expect(ruledOperations.toSorted()).toEqual(operations.map(({ id }) => id).toSorted());
  expect(new Set(ruledOperations).size).toBe(ruledOperations.length);
});

test("the matrix has a body for every operation that takes one", () => {
  expect([...withBodies].toSorted()).toEqual(
    operations
      // A file is no JSON with places for ids.
      .filter(({ body, file }) => body !== undefined && file === undefined)
      .map(({ id }) => id)
      .toSorted(),
  );
});

test("the matrix has at least 10,000 cells, and its samples try every operation", () => {
  const cells = allCells();
  expect(cells.length).toBeGreaterThan(10_000);
  for (const seed of [2, 3]) {
    const sample = sampleOf(cells, 2_000, seed);
    expect(sample.length).toBeGreaterThan(1_500);
    expect(new Set(sample.map(({ operation }) => operation.id)).size).toBe(operations.length);
  }
});
