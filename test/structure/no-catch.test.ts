import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

test("no operation and no job catches errors by itself: the pipelines do", () => {
  const files = globSync("functions/**/*.ts", { cwd: root });
  expect(files.length).toBeGreaterThan(80);
  const catching = files.filter((file) => /\btry \{/.test(readFileSync(join(root, file), "utf8")));
  expect(catching).toEqual([]);
});
