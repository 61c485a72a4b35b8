import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { endProcess, filesOfCheckout, foldersOfDeadRuns, remainingProcesses, runFolderPrefix } from "./leftovers.ts";
import { startTestServer } from "./test-server.ts";

const root = resolve(import.meta.dirname, "../..");

/**
 * Gives the run a temp folder of its own and a server that its workers get their databases from. At the end nothing may be left of the run:
 * no file in its temp folder or, where CI is set, in the checkout beside `.build`, and no process. What is left is removed, and the run fails.
 */
export async function setup(): Promise<() => Promise<void>> {
  const before = process.env["TMPDIR"];
  for (const left of foldersOfDeadRuns(tmpdir())) {
    for (const { pid } of await remainingProcesses(left, 0)) endProcess(pid);
    rmSync(left, { recursive: true, force: true, maxRetries: 5 });
  }
  const folder = mkdtempSync(join(tmpdir(), `${runFolderPrefix}${process.pid}-`));
  // Elsewhere somebody may be writing files beside the run.
  const known = process.env["CI"] ? filesOfCheckout(root) : undefined;
  const server = await startTestServer();
  Object.assign(process.env, {
    TMPDIR: folder,
    TENANTRY_TEST_RUN: folder,
    TENANTRY_TEST_SERVER: server.url,
    // Otherwise what a program compiles would be kept in the temp directory.
    NODE_COMPILE_CACHE: join(root, ".build", "compiled"),
  });

  return async () => {
    await server.stop();
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    const processes = await remainingProcesses(folder, 10_000);
    const left = [
      ...readdirSync(folder).map((name) => join(folder, name)),
      ...(known ? [...filesOfCheckout(root)].filter((file) => !known.has(file)) : []),
      ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
    ];
    for (const { pid } of processes) endProcess(pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    if (left.length > 0) throw new Error(`The tests have left behind:\n${left.join("\n")}`);
  };
}
