import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/* The README's calls are carried out with the guides, this program among them. */
test("the README shows the program of a day's work as it is, in fewer than 30 lines", () => {
  const program = readFileSync(resolve(root, "examples/daily-work.ts"), "utf8");
  const [, shown] = /```ts program\n([^]*?)```/.exec(readFileSync(resolve(root, "README.md"), "utf8")) ?? [];
  expect(shown).toBe(program);
  expect(program.trimEnd().split("\n").length).toBeLessThan(30);
});
