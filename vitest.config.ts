import { defineConfig } from "vitest/config";
import { tallyReporter } from "./test/support/tally-reporter.ts";

const tallyFile = process.env.TEST_TALLY;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    globalSetup: ["test/support/dynamo-local.setup.ts"],
    setupFiles: ["test/support/build-folder.setup.ts"],
    // Two workers: DynamoDB Local answers one request at a time anyway, and it needs a core of its own.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    reporters: ["default", ...(tallyFile === undefined ? [] : [tallyReporter(tallyFile)])],
    coverage: { provider: "v8", include: ["functions/**", "shared/**", "local/**"] },
  },
});
