import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { LockHeld, processIdentity, takeLock } from "../../../local/machine/lock.ts";

const children: { kill(signal: "SIGKILL"): boolean }[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
const newFile = (): string => join(mkdtempSync(join(tmpdir(), "lock-")), "run.lock");

/** A process that lives until the test is over. */
function neighbour(): number {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  children.push(child);
  return child.pid ?? 0;
}

test("a lock is held until it is released", async () => {
  const file = newFile();
  const release = await takeLock(file, 0);
  await expect(takeLock(file, 0)).rejects.toBeInstanceOf(LockHeld);
  const waiting = takeLock(file, 5000);
  release();
  (await waiting)();
  expect(existsSync(file)).toBe(false);
});

test("of many that want it one gets it", async () => {
  const file = newFile();
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(file, 0)));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("another process that lives keeps its lock", async () => {
  const [file, pid] = [newFile(), neighbour()];
  writeFileSync(file, `${pid} ${processIdentity(pid)}`);
  await expect(takeLock(file, 0)).rejects.toMatchObject({ pid });
});

test.each([
  ["of a dead process", () => "999999999 boot 1"],
  ["whose pid another process has by now", () => `${neighbour()} another-boot 1`],
  ["that was cut off", () => ""],
])("a lock %s is taken over", async (_what, content) => {
  const file = newFile();
  writeFileSync(file, content());
  (await takeLock(file, 0))();
});
