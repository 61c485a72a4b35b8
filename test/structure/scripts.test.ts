import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const { scripts } = JSON.parse(readFileSync(resolve(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
/** Every program of the project: what npm runs, and the files that are run by themselves. */
const programs = [
  ...Object.values(scripts).map((script) => script.replace(/^node /, "")),
  ...globSync(["bench/*.ts", "examples/**/*.mjs", "local/run/start.ts", "test/long/run.ts"], { cwd: root }),
  "bootstrap.mjs",
];
const run = (program: string, argument: string) =>
  spawnSync(process.execPath, [...program.split(" "), argument], { cwd: root, encoding: "utf8", timeout: 60_000 });

test("every npm script is run by node alone, so that its options are read by a program of ours", () => {
  for (const [name, script] of Object.entries(scripts)) expect(script, name).toMatch(/^node \S+( \S+)?$/);
});

describe.each([...new Set(programs)].sort())("%s", { timeout: 120_000 }, (program) => {
  test("answers --help with its usage", () => {
    const { status, stdout, stderr } = run(program, "--help");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Usage: (npm|node) /);
  });

  test("answers an option that it does not have with one line, and exit code 2", () => {
    const { status, stdout, stderr } = run(program, "--no-such-option");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^\S.*\n$/);
  });
});
