import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

// Test files run side by side, and each that bundles must find its own bundles.
process.env["TENANTRY_BUILD"] = `.build/test-${process.env["VITEST_POOL_ID"] ?? "0"}`;

// Whatever a file and the processes that it starts put into the temp directory goes when it ends.
const folder = mkdtempSync(join(tmpdir(), "file-"));
process.env["TMPDIR"] = folder;
afterAll(() => {
  process.env["TMPDIR"] = join(folder, "..");
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
