import { globSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { jobs } from "../../functions/jobs.ts";

/* docs/access-patterns has a page for each room of the store, and names nothing that the code does not have. */
const root = resolve(import.meta.dirname, "../..");
const pages = globSync("docs/access-patterns/*.md", { cwd: root }).toSorted();
const rooms = globSync("shared/store/*", { cwd: root }).map((room) => basename(room));
const sources = globSync(["shared/**/*.ts", "functions/**/*.ts"], { cwd: root });
const words = new Set(sources.flatMap((file) => readFileSync(join(root, file), "utf8").match(/\w+/g) ?? []));
const files = new Set(sources.map((file) => basename(file)));

/** What a page sets in backticks and the code does not have: names of functions, attributes and operations, and files. */
function unknown(page: string): string[] {
  const quoted = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);
  return quoted.filter((text) => {
    if (/^[\w-]+\.ts$/.test(text)) return !files.has(text);
    return /^[a-z]\w*(\.\w+)?$/.test(text) && text.split(".").some((word) => !words.has(word));
  });
}

test("each room has a page", () => {
  expect(pages.map((page) => basename(page, ".md"))).toEqual(expect.arrayContaining(rooms));
});

describe("what is quoted is in the code:", () => {
  test.each(pages)("%s", (page) => expect(unknown(readFileSync(join(root, page), "utf8"))).toEqual([]));
  test("else it is found", () => expect(unknown("`noSuchFunction`, `no-such-file.ts`, `listing.ts`")).toHaveLength(2));
});

test("each sweep and each stream consumer is on one of the pages", () => {
  const all = pages.map((page) => readFileSync(join(root, page), "utf8")).join("\n");
  const worthTelling = Object.entries(jobs).filter(([, { kind }]) => kind === "stream" || kind === "schedule");
  expect(worthTelling.length).toBeGreaterThan(0);
  expect(worthTelling.map(([id]) => id).filter((id) => !all.includes(`\`${id}\``))).toEqual([]);
});
