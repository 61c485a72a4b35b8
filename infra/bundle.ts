import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build, type Metafile } from "esbuild";
import { jobList } from "../functions/jobs.ts";
import { operations } from "../functions/routes.ts";
import { operationFile } from "../shared/http/contract.ts";

const projectRoot = path.resolve(import.meta.dirname, "..");

/** Where the bundles lie: one folder per function, named by its id, with `index.mjs` in it. */
export const bundleRoot = path.join(projectRoot, ".build", "bundles");
/** esbuild's account of the last bundling: what stands in each bundle, and its size. */
export const bundleMetafile = path.join(projectRoot, ".build", "bundles.meta.json");
/** What a function may weigh, minified. More is loaded at every cold start, so it must be a decision. */
export const bundleLimitBytes = 500_000;

/** Every function that is deployed: the operations and the jobs. */
export const functionsToBundle: readonly { id: string; area: string }[] = [...operations, ...jobList];

/**
 * Bundles all functions in one esbuild call; one call parses shared code once, so it takes about a second instead of one per function.
 * Nothing is external, the AWS SDK included: the runtime's own copy changes under a deployed function, this one is the version that was tested.
 * Source maps are kept out of the bundles (a cold start would pay for them); they are the same for the same commit.
 */
export async function bundleFunctions(): Promise<Metafile> {
  await mkdir(bundleRoot, { recursive: true });
  const current = new Set(functionsToBundle.map(({ id }) => id));
  const stale = (await readdir(bundleRoot)).filter((folder) => !current.has(folder));
  await Promise.all(stale.map((folder) => rm(path.join(bundleRoot, folder), { recursive: true })));

  const { metafile } = await build({
    absWorkingDir: projectRoot,
    entryPoints: functionsToBundle.map((unit) => ({ in: operationFile(unit), out: path.join(unit.id, "index") })),
    outdir: bundleRoot,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // The SDK and Powertools ship both; their ES modules can be tree-shaken.
    mainFields: ["module", "main"],
    minify: true,
    // Errors are told apart by class name in the logs.
    keepNames: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    banner: {
      // CommonJS dependencies call require() for Node's own modules, which an ES module does not have.
      js: 'import{createRequire as tenantryRequire}from"node:module";const require=tenantryRequire(import.meta.url);',
    },
  });
  await writeFile(bundleMetafile, JSON.stringify(metafile));
  return metafile;
}
