// Test files run side by side, and each that bundles must find its own bundles.
process.env["TENANTRY_BUILD"] = `.build/test-${process.env["VITEST_POOL_ID"] ?? "0"}`;
