import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { type Part, parts } from "./parts.ts";
import { nextPart, summaryOf, type Turn } from "./turns.ts";

const root = resolve(import.meta.dirname, "../..");

test("every part has a name of its own", () => {
  expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length);
});

test.each(parts)("$name has files that read its size and its seed", ({ files, size, seed }) => {
  const textOf = (file: string): string => readFileSync(resolve(root, file), "utf8");
  // What several files read stands in a file of its own; the tests of conditions read it by way of their record.
  const isSized = files.every((file) => /support\/size\.ts"|"\.\/record\.ts"/.test(textOf(file)));
  const source = [...files, ...(isSized ? ["test/support/size.ts"] : [])].map(textOf).join("\n");
  for (const variable of [...Object.keys(size), ...(seed === undefined ? [] : [seed])])
    expect(source).toContain(`process.env["${variable}"]`);
});

describe("the order of turns", () => {
  const [a, b] = ["a", "b"].map((name): Part => ({ name, what: "", files: [], size: { N: 1 } })) as [Part, Part];
  const turn = (part: string, seconds: number, failed = 0): Turn => ({ part, seconds, passed: 3, failed, seed: 1 });

  test("begins with each part once", () => {
    expect(nextPart([a, b], new Map(), [], false)).toBe(a);
    expect(nextPart([a, b], new Map([["a", 1]]), [], false)).toBe(b);
  });

  test("goes on with the one that has had the least time", () => {
    const begun = new Map([
      ["a", 1],
      ["b", 1],
    ]);
    expect(nextPart([a, b], begun, [turn("a", 10), turn("b", 20)], false)).toBe(a);
    expect(nextPart([a, b], begun.set("a", 3), [turn("a", 10), turn("a", 10), turn("b", 20)], false)).toBe(b);
  });

  test("leaves alone what has not ended yet, while there is another", () => {
    const begun = new Map([
      ["a", 1],
      ["b", 1],
    ]);
    expect(nextPart([a, b], begun, [turn("b", 900)], false)).toBe(b);
  });

  test("ends after one turn each where a seed is given", () => {
    expect(nextPart([a], new Map([["a", 1]]), [turn("a", 1)], true)).toBeUndefined();
  });

  test("is summed up by part, with all tests in the last line", () => {
    const lines = summaryOf([a, b], [turn("a", 10), turn("a", 5.4, 2)]);
    expect(lines[1]).toMatch(/^a +2 +15 s +1 FAILED +N=1$/);
    expect(lines[2]).toMatch(/^b +0 +0 s +not reached +N=1$/);
    expect(lines.at(-1)).toBe("6 passed, 2 failed");
  });
});
