import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import path from "node:path";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { jobList } from "../functions/jobs.ts";
import { operations } from "../functions/routes.ts";
import { operationFile } from "../shared/http/contract.ts";
import { referenceScript } from "./reference-script.ts";

const packageFile = createRequire(import.meta.url).resolve;
const projectRoot = path.resolve(import.meta.dirname, "..");
/** `TENANTRY_BUILD` lets builds that run side by side keep out of each other's way. */
const buildRoot = path.resolve(projectRoot, process.env["TENANTRY_BUILD"] ?? ".build");

/** Where the bundles lie: one folder per function, named by its id, with `index.mjs` in it. */
export const bundleRoot = path.join(buildRoot, "bundles");
/** Every function that is deployed: the operations and the jobs. */
export const functionsToBundle: readonly { id: string; area: string }[] = [...operations, ...jobList];

/**
 * What a function may weigh, minified, in bytes: one that composes mails, with the clients of three services. All is loaded at every cold start, so
 * more must be a decision. Those of passkeys have a library with parsers of attestations (docs/decisions/0065); what works at imports makes all that rows
 * can say, and nobody waits for its start (docs/decisions/0070). What makes PDF files and e-invoices has the libraries for both (docs/decisions/0074).
 */
const bundleLimits: ReadonlyMap<string, number> = new Map([
  ["runImports", 800_000],
  ["exportInvoicePdf", 2_900_000],
  ["exportInvoiceReportPdf", 1_600_000],
  ["exportInvoiceXml", 1_950_000],
  ["sweepInvoices", 2_900_000],
  // Invoices go with their file.
  ["sendMail", 720_000],
  ["sweepMail", 720_000],
]);
export const bundleLimitOf = ({ id, area }: { id: string; area: string }): number =>
  area === "passkeys" ? 900_000 : (bundleLimits.get(id) ?? 706_000);

/**
 * What the SDK imports on demand and a function never demands: ways to find credentials, as its role's stand in the environment, where the SDK
 * looks first, and event streams, which none of the services that we call has. A third of what the SDK would weigh.
 */
export const neverLoaded: readonly string[] = [
  ...["http", "ini", "login", "process", "sso", "web-identity"].map((way) => `@aws-sdk/credential-provider-${way}`),
  "@smithy/credential-provider-imds",
  "@smithy/core/event-streams",
];

/** Leaves out what is only imported on demand. What a client imports at its start, as Lambda's does event streams, is bundled. */
const leaveOut = (names: readonly string[]): Plugin => ({
  name: "leave-out",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^@(aws-sdk|smithy)\// }, ({ path: name, kind }) =>
      names.includes(name) && kind === "dynamic-import" ? { path: name, external: true } : undefined,
    );
  },
});

/**
 * Has CommonJS code import the modules of Node that it requires: an ES module has no `require`, and a bundle with one would fail only when it is deployed.
 */
const builtinsAsModules: Plugin = {
  name: "builtins-as-modules",
  setup(esbuild) {
    const namespace = "builtin";
    esbuild.onResolve({ filter: /./ }, ({ path: name, kind }) =>
      kind === "require-call" && isBuiltin(name) ? { path: name.replace(/^node:/, ""), namespace } : undefined,
    );
    esbuild.onLoad({ filter: /./, namespace }, ({ path: name }) => ({
      contents: `export * from "node:${name}"; export { default } from "node:${name}";`,
    }));
  },
};

/**
 * Code that keeps nothing of the function that runs it: it neither reads the environment nor holds a client. Functions of one process can share it.
 * That all of it reaches nothing of `shared/runtime` is checked when it is bundled.
 */
const stateless = /^(shared\/(domain|mail|store)\/.*|shared\/http\/contract|functions\/\w+\/contract)\.ts$/;

/**
 * Leaves packages and stateless modules to files that all functions load, `../common/<name>.mjs` from each of them.
 * @param common is filled with them: the name of each and what to bundle as it
 */
const shareCode = (common: Map<string, string>): Plugin => ({
  name: "share-code",
  setup(esbuild) {
    esbuild.onResolve({ filter: /./ }, ({ path: name, kind, resolveDir }) => {
      if (kind === "entry-point" || isBuiltin(name) || besideTheirFiles.has(name)) return undefined;
      // What such a library needs goes with it.
      if (resolveDir.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
      const file = name.startsWith(".")
        ? path.relative(projectRoot, path.join(resolveDir, name)).replaceAll(path.sep, "/")
        : undefined;
      if (file !== undefined && !stateless.test(file)) return undefined;
      const shared = file?.replace(/\.ts$/, "") ?? name;
      common.set(shared, file ?? name);
      return { path: `../common/${shared}.mjs`, external: true };
    });
  },
});

/** How code is bundled, that of functions and that which they share. */
export const bundleSettings = {
  absWorkingDir: projectRoot,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  // The SDK ships CommonJS and ES modules; only the second can be tree-shaken. It saves a third.
  mainFields: ["module", "main"],
  minify: true,
  // Logs name errors by their class, and stack traces functions; there are no source maps, which every cold start would pay for.
  keepNames: true,
  legalComments: "none",
  metafile: true,
  write: false,
  logLevel: "warning",
} satisfies BuildOptions;

/** What PDF files of invoices are made with: fonts, and the colours that PDF/A names, where pdfkit looks for them. */
const forPdf: Record<string, () => Promise<Uint8Array>> = {
  ...Object.fromEntries(
    ["DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"].map((name) => [
      name,
      () => readFile(packageFile(`dejavu-fonts-ttf/ttf/${name}`)),
    ]),
  ),
  "data/sRGB_IEC61966_2_1.icc": () =>
    readFile(path.join(path.dirname(packageFile("pdfkit")), "data/sRGB_IEC61966_2_1.icc")),
};
/** Libraries that look for files beside the code that uses them: each function has its own. */
const besideTheirFiles: ReadonlySet<string> = new Set(["pdfkit"]);

/** What functions serve beside their code: by function and name, how it is made. */
const packedFiles: Readonly<Record<string, Record<string, () => Promise<Uint8Array>>>> = {
  referenceScript: { "reference.js.gz": referenceScript },
  exportInvoicePdf: forPdf,
  exportInvoiceReportPdf: forPdf,
  sweepInvoices: forPdf,
  openapi: { "examples.json": () => readFile(path.join(projectRoot, "functions/meta/examples.json")) },
};

/**
 * Bundles all functions in one esbuild call; one call parses shared code once, so it takes a second instead of one per function.
 * The AWS SDK is bundled too: the runtime's own copy changes under a deployed function, this one is the version that was tested.
 * Also writes esbuild's account of what stands in each bundle to `.build/bundles.meta.json`.
 * @param options `commonIn`: a folder for packages and stateless modules, which the functions then load from beside their own folders instead of
 * having a copy each. It is for functions that run in one process (docs/decisions/0037).
 * @throws Error where a bundle would call `require`, which an ES module does not have; it would fail only when deployed
 */
export async function bundleFunctions({ commonIn }: { commonIn?: string | undefined } = {}): Promise<Metafile> {
  const common = new Map<string, string>();
  const { metafile, outputFiles } = await build({
    ...bundleSettings,
    entryPoints: functionsToBundle.map((unit) => ({ in: operationFile(unit), out: path.join(unit.id, "index") })),
    outdir: bundleRoot,
    plugins: [builtinsAsModules, commonIn === undefined ? leaveOut(neverLoaded) : shareCode(common)],
  });
  refuseRequire(metafile);
  await removeStaleBundles();
  await Promise.all(outputFiles.map((output) => writeIfChanged(output.path, output.contents)));
  for (const [id, files] of Object.entries(packedFiles))
    for (const [name, make] of Object.entries(files))
      await writeIfChanged(path.join(bundleRoot, id, name), await make());
  await writeIfChanged(path.join(buildRoot, "bundles.meta.json"), Buffer.from(JSON.stringify(metafile)));
  if (commonIn !== undefined) await bundleCommon(common, commonIn);
  return metafile;
}

/** Bundles what functions share, by name. What several of the modules import stands in modules of its own, so that each thing exists once. */
async function bundleCommon(common: ReadonlyMap<string, string>, folder: string): Promise<void> {
  const { metafile, outputFiles } = await build({
    ...bundleSettings,
    entryPoints: [...common].map(([name, source]) => ({ in: source, out: name })),
    outdir: folder,
    splitting: true,
    plugins: [builtinsAsModules, leaveOut(neverLoaded)],
  });
  refuseRequire(metafile);
  const own = Object.keys(metafile.inputs).find((file) => file.startsWith("shared/runtime/"));
  if (own !== undefined) throw new Error(`Functions would share ${own}, which belongs to each of them alone`);
  await Promise.all(
    outputFiles.map(async ({ path: file, contents }) => {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, contents);
    }),
  );
}

function refuseRequire({ outputs }: Metafile): void {
  for (const [file, output] of Object.entries(outputs)) {
    const required = output.imports.find(({ kind }) => kind === "require-call");
    if (required) throw new Error(`${file} requires ${required.path}: take the ES module of that dependency`);
  }
}

/** Removes the bundles of functions that are gone. */
export async function removeStaleBundles(): Promise<void> {
  await mkdir(bundleRoot, { recursive: true });
  const current = new Set(functionsToBundle.map(({ id }) => id));
  const stale = (await readdir(bundleRoot)).filter((folder) => !current.has(folder));
  await Promise.all(stale.map((folder) => rm(path.join(bundleRoot, folder), { recursive: true, force: true })));
}

/** Replaces a file in one step, and not at all if it is the same: a test run and a local run may bundle at once. */
async function writeIfChanged(file: string, contents: Uint8Array): Promise<void> {
  const present = await readFile(file).catch(() => undefined);
  if (present?.equals(contents)) return;
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = path.join(buildRoot, `${randomUUID()}.tmp`);
  await writeFile(temporary, contents);
  await rename(temporary, file);
}
