import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { features } from "./console-features.ts";

const specsOf = (file: string): string =>
  readFileSync(resolve(import.meta.dirname, `../console/${file}.test.ts`), "utf8");
const titles = (source: string): string[] =>
  [...source.matchAll(/^\s*(?:test|describe)?(?:\.for\(.*\)\()?(?:\()?\s*"([^"]+)"/gm)].map(([, title]) => title ?? "");

test.for(Object.entries(features))("%s is done in the console by specs that exist", ([, { as, specs }]) => {
  for (const spec of specs) {
    const [file = "", title = ""] = spec.split(": ");
    const source = specsOf(file);
    expect(
      titles(source).filter((one) => one.includes(title)),
      spec,
    ).not.toEqual([]);
  }
  const all = specs.map((spec) => specsOf(spec.split(": ")[0] ?? "")).join("\n");
  for (const role of as) expect(all, `${role} in ${specs.join(", ")}`).toContain(`"${role}"`);
});
