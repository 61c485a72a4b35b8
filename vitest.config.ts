import { defineConfig } from "vitest/config";
import { dayOf, restingToday } from "./test/support/in-turn.ts";
import { LongestFirst } from "./test/support/longest-first.ts";
import { tallyReporter } from "./test/support/tally-reporter.ts";

const tallyFile = process.env.TEST_TALLY;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**", ...restingToday(process.argv.slice(3), dayOf(Date.now()))],
    environment: "node",
    globalSetup: ["test/support/run.global.ts"],
    setupFiles: ["test/support/file.setup.ts", "test/support/cheap-hashes.setup.ts"],
    sequence: { sequencer: LongestFirst },
    // Each waits now and then, for the DynamoDB Local that they share or for a local run to start. Three keep two cores busy.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    reporters: ["default", ...(tallyFile === undefined ? [] : [tallyReporter(tallyFile)])],
    coverage: { provider: "v8", include: ["functions/**", "shared/**", "local/**"] },
  },
});
