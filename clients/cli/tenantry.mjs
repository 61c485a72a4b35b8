#!/usr/bin/env node
// The package holds the compiled program. A clone holds its sources, which run under the pinned Node once everything is installed.
// Plain JavaScript, because it also starts on a Node that is older than the pinned one.
import { existsSync } from "node:fs";
import process from "node:process";

if (existsSync(new URL("src", import.meta.url))) {
  process.argv.splice(2, 0, "tenantry");
  await import("../../bootstrap.mjs");
} else {
  await import("./dist/main.js");
}
