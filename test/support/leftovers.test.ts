import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { filesOfCheckout, foldersOfDeadRuns, remainingProcesses, runFolderPrefix } from "./leftovers.ts";

test("the temp folder of a file stands in that of the run, and both bear their marks", () => {
  expect(dirname(tmpdir())).toBe(process.env["TENANTRY_TEST_RUN"]);
  expect(process.env["TENANTRY_TEST_RUN"]).toContain(runFolderPrefix);
});

test("folders of runs that were killed are found, those of runs that live are left alone", async () => {
  const temp = mkdtempSync(join(tmpdir(), "temp-"));
  const dead = spawn("true");
  await once(dead, "exit");
  for (const name of [`${runFolderPrefix}${dead.pid}-a`, `${runFolderPrefix}${process.pid}-b`, "other"])
    mkdirSync(join(temp, name));
  expect(foldersOfDeadRuns(temp)).toEqual([join(temp, `${runFolderPrefix}${dead.pid}-a`)]);
});

test("a file in the checkout is seen, one below .build or node_modules is not", () => {
  const checkout = mkdtempSync(join(tmpdir(), "checkout-"));
  for (const folder of [".build", "node_modules", ".tenantry", "functions"]) {
    mkdirSync(join(checkout, folder));
    writeFileSync(join(checkout, folder, "file"), "");
  }
  const files = [...filesOfCheckout(checkout)].filter((file) => file.endsWith("file"));
  expect(files.sort()).toEqual([join(checkout, ".tenantry/file"), join(checkout, "functions/file")]);
});

test.runIf(existsSync("/proc/self/environ"))("a process of a run that does not end is seen", async () => {
  const run = mkdtempSync(join(tmpdir(), "run-"));
  const child = spawn("sleep", ["600"], { env: { ...process.env, TENANTRY_TEST_RUN: run } });
  await once(child, "spawn");
  expect(await remainingProcesses(run, 100)).toEqual([{ pid: child.pid, command: "sleep 600" }]);
  child.kill();
  await once(child, "exit");
  expect(await remainingProcesses(run, 5_000)).toEqual([]);
});
