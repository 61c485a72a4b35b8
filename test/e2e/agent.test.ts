import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalStack, startLocal } from "../../local/run/start-local.ts";
import { newDatabase } from "../support/dynamo.ts";

/*
 * The agent of examples/agent, with the stock S3 client, against a local run whose storage decides by the very policies of the template.
 */
const root = resolve(import.meta.dirname, "../..");
let home: string;
let stack: LocalStack;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "tenantry-agent-home-"));
  stack = await startLocal({ home, port: 0, quiet: true, database: await newDatabase() });
}, 180_000);
afterAll(async () => {
  await stack.stop();
  rmSync(home, { recursive: true, force: true });
});

test("an agent backs up 50 MB in parts and restores them, and is kept from all that is not its own", async () => {
  const program = ["examples/agent/back-up.mjs", "--url", stack.url, "--home", home];
  const child = spawn(process.execPath, program, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  expect([code, errors]).toEqual([0, ""]);
  expect(output).toContain("Uploaded 52428800 bytes in parts");
  expect(output.match(/^ {2}ok /gm)).toHaveLength(15);
  expect(output).toMatch(/All as it should be\.\n$/);
  // Nothing that opens the storage is kept, be it in the table or in a log.
  await stack.settle();
  const logged = readFileSync(join(home, "logs", "functions.log"), "utf8");
  expect(logged).toContain('"operation":"authorizeBackup"');
  for (const trace of ["ASIA", "sessionToken", "secretAccessKey"]) expect(logged).not.toContain(trace);
}, 180_000);
