import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

/* Every relative link of the documentation leads to a file, and every anchor to a heading of it. */
const root = resolve(import.meta.dirname, "../..");
const pages = globSync(["README.md", "CHANGELOG.md", "docs/**/*.md", "examples/**/*.md"], { cwd: root }).toSorted();

/** The text of a page without its code, in which nothing is a link. */
const prose = (markdown: string): string =>
  markdown.replaceAll(/^```[^]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "code");

/** The anchors of a page, made from its headings in the way GitHub does. */
function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  const headings = markdown.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/^#{1,6} (.*)$/gm);
  for (const [, heading = ""] of headings) {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-");
    let [name, count] = [anchor, 0];
    while (anchors.has(name)) name = `${anchor}-${(count += 1)}`;
    anchors.add(name);
  }
  return anchors;
}

/** The targets of a page's links, those to other sites left out. */
const linksOf = (markdown: string): string[] =>
  [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((to) => !/^[a-z]+:/.test(to));

/** What is wrong with a link of a page, if anything. */
function problem(page: string, target: string): string | undefined {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? join(root, page) : join(root, dirname(page), decodeURI(path));
  if (!existsSync(file)) return `${target}: no such file`;
  if (anchor === undefined) return;
  if (statSync(file).isDirectory() || !anchorsOf(readFileSync(file, "utf8")).has(anchor))
    return `${target}: no such heading`;
}

test("the pages are found", () => {
  expect(pages).toEqual(expect.arrayContaining(["README.md", "docs/README.md", "docs/guides/create-accounts.md"]));
});

test.each(pages)("the links of %s lead somewhere", (page) => {
  const problems = linksOf(readFileSync(join(root, page), "utf8")).map((target) => problem(page, target));
  expect(problems.filter((found) => found !== undefined)).toEqual([]);
});

test("the README is short enough to be read", () => {
  expect(readFileSync(join(root, "README.md"), "utf8").split("\n").length).toBeLessThanOrEqual(200);
});

describe("a link that leads nowhere is found", () => {
  test.each([
    ["README.md", "docs/no-such-page.md", "docs/no-such-page.md: no such file"],
    ["docs/README.md", "../README.md#no-such-heading", "../README.md#no-such-heading: no such heading"],
    ["README.md", "#no-such-heading", "#no-such-heading: no such heading"],
    ["docs/README.md", "guides#tenantry", "guides#tenantry: no such heading"],
    ["docs/README.md", "../README.md#tenantry", undefined],
  ])("in %s: %s", (page, target, found) => expect(problem(page, target)).toBe(found));

  test("and none is looked for in code", () => {
    expect(linksOf("[a](b.md) `[c](d.md)`\n\n```md\n[e](f.md)\n```\n[g](https://example.org)")).toEqual(["b.md"]);
  });
});
