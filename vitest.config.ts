import { defineConfig } from "vitest/config";
import { dayOf, restingToday } from "./test/support/in-turn.ts";
import { LongestFirst } from "./test/support/longest-first.ts";
import { tallyReporter } from "./test/support/tally-reporter.ts";

const tallyFile = process.env.TEST_TALLY;
const excluded = ["**/node_modules/**", ...restingToday(process.argv.slice(3), dayOf(Date.now()))];
/** Tests of code that keeps nothing between calls: they can share a process, which saves the start of one for each. */
/** Tests in a browser: they share one local run, and take their turn one after the other. */
const browsed = ["test/console/**/*.test.ts"];
const stateless = ["test/domain/**/*.test.ts", "test/mail/**/*.test.ts"];

export default defineConfig({
  test: {
    environment: "node",
    globalSetup: ["test/support/run.global.ts"],
    sequence: { sequencer: LongestFirst },
    // Each waits now and then, for the DynamoDB Local that they share or for a local run to start. Three keep two cores busy.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    reporters: ["default", ...(tallyFile === undefined ? [] : [tallyReporter(tallyFile)])],
    coverage: { provider: "v8", include: ["functions/**", "shared/**", "local/**"] },
    projects: [
      {
        extends: true,
        test: {
          name: "all",
          include: ["test/**/*.test.ts"],
          exclude: [...excluded, ...stateless, ...browsed],
          setupFiles: ["test/support/file.setup.ts", "test/support/cheap-hashes.setup.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "console",
          include: browsed,
          exclude: excluded,
          globalSetup: ["test/console/support/global.ts"],
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        test: {
          name: "stateless",
          include: stateless,
          exclude: excluded,
          isolate: false,
          setupFiles: ["test/support/file.setup.ts", "test/support/cheap-hashes.setup.ts"],
        },
      },
    ],
  },
});
