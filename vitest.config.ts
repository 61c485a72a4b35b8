import { defineConfig } from "vitest/config";
import { tallyReporter } from "./test/support/tally-reporter.ts";

const tallyFile = process.env.TEST_TALLY;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    setupFiles: ["test/support/build-folder.setup.ts"],
    // Each file that needs a table has a DynamoDB Local of its own beside it, so two files keep two cores busy.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    reporters: ["default", ...(tallyFile === undefined ? [] : [tallyReporter(tallyFile)])],
    coverage: { provider: "v8", include: ["functions/**", "shared/**", "local/**"] },
  },
});
