import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Metafile } from "esbuild";
import { bundleRoot, functionsToBundle } from "../../infra/bundle.ts";

/**
 * Puts the bundles of all functions, made from the sources as they are, where this worker's own lie.
 * They are made once in a run and linked, so they take neither time nor space again.
 * @returns esbuild's account of what stands in them
 */
export async function provideBundles(): Promise<Metafile> {
  const answer = await fetch(`${String(process.env["TENANTRY_TEST_SERVER"])}/bundles`);
  const made = await answer.text();
  if (!answer.ok) throw new Error(made);
  rmSync(bundleRoot, { recursive: true, force: true });
  mkdirSync(dirname(bundleRoot), { recursive: true });
  execFileSync("cp", ["-al", join(made, "bundles"), bundleRoot]);
  return JSON.parse(readFileSync(join(made, "bundles.meta.json"), "utf8")) as Metafile;
}

/** Puts a file that names its function in the place of each bundle, for tests of what is said about them: making all bundles takes a minute. */
export function standInBundles(): void {
  rmSync(bundleRoot, { recursive: true, force: true });
  for (const { id } of functionsToBundle) {
    mkdirSync(join(bundleRoot, id), { recursive: true });
    writeFileSync(join(bundleRoot, id, "index.mjs"), `// ${id}\n`);
  }
}
