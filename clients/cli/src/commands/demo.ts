import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import type { Command } from "commander";
import { findLocalStack } from "../connection/local-stack.ts";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { countOf } from "../input/values.ts";
import { createOutput } from "../output/output.ts";
import type { GlobalOptions } from "../session.ts";

/** The program behind `npm run demo`; it stands in a clone only. */
const program = resolve(import.meta.dirname, "../../../../examples/demo/fill.mjs");

interface DemoOptions {
  days?: number;
  large?: boolean;
  dryRun?: boolean;
}

async function demo({ days, large = false, dryRun }: DemoOptions, command: Command): Promise<void> {
  const stack = findLocalStack();
  if (stack?.key === undefined)
    throw new Failure("There is no local stack here. Start one with npm start.", exitCodes.notFound);
  if (!existsSync(program)) throw new Failure("The demo is part of a clone of Tenantry.", exitCodes.notFound);
  const output = createOutput(command.optsWithGlobals<GlobalOptions>());
  const { url, home } = stack;
  if (dryRun === true)
    return output.note(
      `Dry run: ${url} would get 3 resellers, ${large ? "60 customers, 600" : "18 customers, 108"} computers and ${days ?? (large ? 30 : 14)} days of jobs, and send reports.`,
    );
  const size = [...(large ? ["--large"] : []), ...(days === undefined ? [] : ["--days", String(days)])];
  const child = spawn(process.execPath, [program, "--url", url, "--home", home, ...size], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Failure("The demo did not end well; its message stands above.", exitCodes.unexpected);
}

/** `tenantry demo`: what `npm run demo` does. */
export function addDemo(root: Command): void {
  root
    .command("demo")
    .description("fill the local stack with a small business, as npm run demo does")
    .option("--large", "60 customers with 600 computers and a month of jobs")
    .option("--days <count>", "days of jobs (14; with --large 30)", countOf)
    .option("--dry-run", "say what would be made, and make nothing")
    .action(demo);
}
