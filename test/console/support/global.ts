import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startLocal } from "../../../local/run/start-local.ts";
import { chromiumPath } from "./chromium.ts";
import { seed, type Stage } from "./seed.ts";

declare module "vitest" {
  interface ProvidedContext {
    stage: Stage;
  }
}

/**
 * One local run with a small branch and people of every role, for all specs: they make what they change themselves, under names of their own.
 * Nothing starts where no spec is run.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  chromiumPath();
  const home = mkdtempSync(join(tmpdir(), "console-"));
  const stack = await startLocal({ home, port: 0, quiet: true, console: true });
  try {
    project.provide("stage", await seed(stack));
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return async () => {
    await stack.stop();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
}
