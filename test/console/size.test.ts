import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import filePlugin from "@size-limit/file";
import sizeLimit from "size-limit";
import { beforeAll, expect, test } from "vitest";
import { buildConsole } from "../../local/assembly/build-console.ts";

interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
  dynamicImports?: string[];
}
let folder: string;
let manifest: Record<string, Chunk>;
beforeAll(async () => {
  folder = await buildConsole(resolve(import.meta.dirname, "../.."), () => undefined);
  manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as Record<string, Chunk>;
}, 180_000);

/** The files that a browser loads for entries: each with all that it imports at once. */
function filesOf(entries: readonly string[]): string[] {
  const seen = new Set<string>();
  const files = new Set<string>();
  const take = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const chunk = manifest[name];
    if (!chunk) throw new Error(`There is no ${name} in the manifest.`);
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const imported of chunk.imports ?? []) take(imported);
  };
  for (const entry of entries) take(entry);
  return [...files];
}
/** What files of the console come to, compressed as a server compresses them. @returns bytes */
async function weigh(files: readonly string[]): Promise<number> {
  const checks = [{ files: files.map((file) => join(folder, file)), gzip: true }];
  const [result] = (await sizeLimit([filePlugin], { checks })) as { size: number }[];
  return result?.size ?? Number.NaN;
}
/** What a page itself has the browser load: its scripts and styles, and what it announces. */
const linkedBy = (page: string): string[] =>
  [...readFileSync(join(folder, page), "utf8").matchAll(/(?:src|href)="\/console\/([^"]+\.(?:js|css))"/g)].map(
    ([, file]) => file ?? "",
  );
/** All that comes over the line for a page. */
async function weighPage(page: string, entries: readonly string[] = []): Promise<number> {
  const linked = linkedBy(page);
  expect(linked.length).toBeGreaterThan(2);
  const size = await weigh([...new Set([page, ...linked, ...filesOf(entries)])]);
  process.stdout.write(`${page}: ${(size / 1000).toFixed(1)} kB\n`);
  return size;
}

test("the login page stays below 120 kB in all", async () => {
  expect(await weighPage("login.html")).toBeLessThan(120_000);
});

/** What is loaded whichever view is opened. */
const first = ["src/app/main.tsx", "src/frame/node-page.tsx", "src/texts/de.ts"];

test("the overview stays below 600 kB with everything that it needs, in German, which has the longer words", async () => {
  const needs = [...first, "src/views/overview/overview-view.tsx"];
  expect(await weighPage("index.html", needs)).toBeLessThan(600_000);
});

test("no view brings more than 60 kB of its own", async () => {
  const known = new Set([...linkedBy("index.html"), ...filesOf(first)]);
  const views = Object.keys(manifest).filter((name) => /^src\/views\/.*-view\.tsx$/.test(name));
  expect(views.length).toBeGreaterThan(5);
  for (const view of views) {
    const own = filesOf([view]).filter((file) => !known.has(file));
    expect(await weigh(own), view).toBeLessThan(60_000);
  }
});
