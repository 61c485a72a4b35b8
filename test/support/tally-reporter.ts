import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Reporter, TestModule, Vitest } from "vitest/node";

/** What a run came to. A file that cannot be loaded and an error outside of any test count as failures, so that nothing wrong looks green. */
interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Writes the run's tally as JSON to the file that TEST_TALLY names, for scripts that report it. */
export const tallyReporter = (file: string): Reporter => {
  let vitest: Vitest | undefined;
  return {
    onInit(instance) {
      vitest = instance;
    },
    onTestRunEnd(modules: readonly TestModule[], unhandledErrors) {
      const tally: Tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
      for (const module of modules) {
        for (const test of module.children.allTests()) {
          const { state } = test.result();
          if (state === "passed" || state === "failed") tally[state] += 1;
          else tally.skipped += 1;
        }
        const broken = [module, ...module.children.allSuites()].filter((task) => task.errors().length > 0);
        tally.failed += broken.length;
      }
      if (modules.length === 0 && vitest?.config.passWithNoTests !== true) tally.failed += 1;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(tally));
    },
  };
};
