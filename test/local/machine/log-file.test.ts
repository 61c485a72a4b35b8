import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openLog } from "../../../local/machine/log-file.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "log-file-"));
const linesOf = (path: string): string[] => readFileSync(path, "utf8").split("\n").slice(0, -1);
const dayMs = 86_400_000;

test("a full log is set aside, and the oldest goes when there are too many", () => {
  const home = folder();
  const path = join(home, "a.log");
  const log = openLog(path, { limitBytes: 20, files: 3 });
  for (let line = 0; line < 9; line++) log.write(`line ${line}`); // 7 bytes each: two a file
  log.close();
  log.write("after the end");
  expect(linesOf(path)).toEqual(["line 8"]);
  expect(linesOf(`${path}.1`)).toEqual(["line 6", "line 7"]);
  expect(linesOf(`${path}.2`)).toEqual(["line 4", "line 5"]);
  expect(readdirSync(home).sort()).toEqual(["a.log", "a.log.1", "a.log.2"]);
});

test("the limit counts bytes, and one line may exceed it", () => {
  const path = join(folder(), "a.log");
  const log = openLog(path, { limitBytes: 20 });
  log.write("äöüäöü"); // 12 bytes and the line break
  log.write("äöüäöü");
  log.write("x".repeat(50));
  log.close();
  expect([statSync(path).size, statSync(`${path}.1`).size, statSync(`${path}.2`).size]).toEqual([51, 13, 13]);
});

test("a restart goes on with the file, its size and its age", () => {
  const path = join(folder(), "a.log");
  const write = (line: string, atMs = Date.now()): void => {
    const log = openLog(path, { limitBytes: 20, now: () => atMs });
    log.write(line);
    log.close();
  };
  for (const line of ["line 0", "line 1", "line 2"]) write(line);
  expect(linesOf(`${path}.1`)).toEqual(["line 0", "line 1"]);
  write("line 3", Date.now() + dayMs / 2);
  expect(linesOf(path)).toEqual(["line 2", "line 3"]);
  write("", Date.now() + 1.1 * dayMs);
  expect(linesOf(path)).toEqual([""]);
  expect(linesOf(`${path}.1`)).toEqual(["line 2", "line 3"]);
});

test("what was set aside goes after 14 days, also where nothing is written any more", () => {
  const home = folder();
  const path = join(home, "a.log");
  let at = Date.now();
  const log = openLog(path, { now: () => at });
  log.write("old");
  at += 2 * dayMs;
  log.write("new");
  expect(linesOf(`${path}.1`)).toEqual(["old"]);
  log.close();
  at += 11.9 * dayMs;
  openLog(path, { now: () => at }).close();
  expect(readdirSync(home).sort()).toEqual(["a.log", "a.log.1"]);
  at += dayMs;
  openLog(path, { now: () => at }).close();
  expect(readdirSync(home)).toEqual(["a.log"]);
  expect(linesOf(path)).toEqual(["new"]);
});

test("a log without an age limit keeps what was set aside", () => {
  const path = join(folder(), "a.jsonl");
  const later = Date.now() + 4000 * dayMs;
  const write = (line: string): void => {
    const log = openLog(path, { limitBytes: 8, keepMs: Infinity, turnMs: Infinity, now: () => later });
    log.write(line);
    log.close();
  };
  for (const line of ["first", "second"]) write(line);
  expect([linesOf(path), linesOf(`${path}.1`)]).toEqual([["second"], ["first"]]);
});

test("a kill between two steps of setting a file aside loses nothing", () => {
  const path = join(folder(), "a.log");
  writeFileSync(`${path}.1`, "second\n");
  writeFileSync(`${path}.2`, "first\n");
  appendFileSync(path, "third\n");
  // As it stands when the older files were moved on and the one that is full was not.
  renameSync(`${path}.2`, `${path}.3`);
  renameSync(`${path}.1`, `${path}.2`);
  const log = openLog(path, { limitBytes: 8, files: 4 });
  log.write("fourth");
  log.close();
  expect([path, `${path}.1`, `${path}.2`, `${path}.3`].flatMap(linesOf)).toEqual([
    "fourth",
    "third",
    "second",
    "first",
  ]);
});

test("a process that is killed while it writes leaves every line that it had written", async () => {
  const path = join(folder(), "a.log");
  const module = resolve(import.meta.dirname, "../../../local/machine/log-file.ts");
  const child = spawn(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `const { openLog } = await import(${JSON.stringify(module)});
       const log = openLog(${JSON.stringify(path)}, { limitBytes: 2000, files: 400 });
       for (let line = 0; line < 60000; line++) { log.write("line " + line); if (line % 500 === 0) process.stdout.write(line + "\\n"); }`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  while (said.length < 20) await sleep(1);
  child.kill("SIGKILL");
  await once(child, "close");
  openLog(path, { limitBytes: 2000, files: 400 }).close();
  const numbered = readdirSync(join(path, "..")).map((name) => Number(/\d+$/.exec(name)?.[0] ?? 0));
  const oldestFirst = numbered.sort((left, right) => right - left).map((place) => (place ? `${path}.${place}` : path));
  const lines = oldestFirst.flatMap(linesOf);
  expect(lines.length).toBeGreaterThan(Number(said.trim().split("\n").at(-1)));
  expect(lines).toEqual(lines.map((_line, index) => `line ${index}`));
});
