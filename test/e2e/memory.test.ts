import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operations } from "../../functions/routes.ts";
import { freePort } from "../../local/machine/ports.ts";
import { changes, methodOf, pathOf } from "../../shared/http/contract.ts";

/** How often each operation is called, by twelve clients together. */
const rounds = Number(process.env["MEMORY_ROUNDS"] ?? 1);
const clients = 12;
const limitMb = 600;

let home: string;
let url: string;
let token: string;
let started: ChildProcess;
let node: number;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "tenantry-memory-"));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  started = spawn(process.execPath, ["bootstrap.mjs", "start"], {
    cwd: resolve(import.meta.dirname, "../.."),
    env: { ...process.env, TENANTRY_HOME: home, PORT: String(port) },
    stdio: "ignore",
  });
  for (;;) {
    if (started.exitCode !== null) throw new Error("The local run did not start.");
    if (
      await fetch(`${url}/v1/health`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    await sleep(200);
  }
  token = readFileSync(join(home, "admin-key"), "utf8").trim();
  node = (JSON.parse(readFileSync(join(home, "state", "run.json"), "utf8")) as { pid: number }).pid;
}, 180_000);
afterAll(async () => {
  const ended = new Promise((done) => started.once("exit", done));
  started.kill("SIGTERM");
  await ended;
  rmSync(home, { recursive: true, force: true });
}, 60_000);

/** What Node holds in memory, its threads included. */
const residentMb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${node}/status`, "utf8"))?.[1] ?? Number.NaN) / 1024;

/** Calls an operation on something that does not exist. @returns its status and the milliseconds that it took */
async function call(operation: (typeof operations)[number]): Promise<{ status: number; ms: number }> {
  const began = performance.now();
  const body = changes(operation) && methodOf(operation) !== "DELETE";
  const answer = await fetch(url + pathOf(operation).replaceAll(/\{[^}]+\}/g, "cus_00000000000000000000000000"), {
    method: methodOf(operation),
    headers: { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: "{}" }),
  });
  await answer.arrayBuffer();
  return { status: answer.status, ms: performance.now() - began };
}

test.skipIf(process.platform !== "linux")(
  "every operation from twelve clients at once leaves Node below 600 MB, and a first call takes less than 300 ms",
  async () => {
    const cold: number[] = [];
    for (const operation of operations.slice(0, 15)) cold.push((await call(operation)).ms);
    // A neighbour may be busy at most moments, but not at all of them.
    expect(Math.min(...cold)).toBeLessThan(300);

    const all = Array.from({ length: rounds }, (_, round) =>
      operations.map((operation) => ({ operation, round })),
    ).flat();
    // In an order that brings neighbours together from everywhere.
    const mixed = all
      .map((one, index) => ({ ...one, place: (index * 7919) % all.length }))
      .sort((a, b) => a.place - b.place);
    let most = 0;
    const failed: string[] = [];
    await Promise.all(
      Array.from({ length: clients }, async () => {
        for (let next = mixed.pop(); next; next = mixed.pop()) {
          const { status } = await call(next.operation);
          if (status >= 500) failed.push(`${next.operation.id} ${status}`);
          most = Math.max(most, residentMb());
        }
      }),
    );
    expect(failed).toEqual([]);
    expect(most, "MB while at work").toBeLessThan(limitMb * 1.25);
    await sleep(1_000);
    expect(residentMb(), "MB at rest").toBeLessThan(limitMb);
  },
  180_000,
);
