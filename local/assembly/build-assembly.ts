import { spawn } from "node:child_process";
import { once } from "node:events";
import { createHash } from "node:crypto";
import { existsSync, globSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { CannotStart } from "../machine/cannot-start.ts";
import { takeLock } from "../machine/lock.ts";

/** All that the assembly is made of. A change in any of it makes another assembly. */
const sources = ["functions", "shared", "infra", "package-lock.json", "cdk.json", "tenantry.config.json"];
/** Assemblies that are kept: a run may still load functions from the one that it began with. */
const keptAssemblies = 4;

/**
 * The cloud assembly of the present sources for the stage `local`; bundled and synthesized only if no run has done so before.
 * @param root the project's folder
 * @returns its folder, which no later build writes to
 * @throws CannotStart with the output of the synthesis where it fails
 */
export async function buildAssembly(root: string, say: (text: string) => void): Promise<string> {
  const parent = join(root, ".build", "local");
  const folder = join(parent, hashOf(root));
  if (!existsSync(folder)) {
    const release = await takeLock(join(root, ".build", "build.lock"), 180_000, (pid) =>
      say(`Another run (process ${pid}) is building the functions; waiting for it.`),
    );
    try {
      if (!existsSync(folder)) await synthesize(root, folder, say);
    } finally {
      release();
    }
  }
  const now = new Date();
  utimesSync(folder, now, now);
  prune(parent);
  return folder;
}

/** A digest of the sources' names and contents, and of the Node that bundles them. */
function hashOf(root: string): string {
  const hash = createHash("sha256").update(process.version);
  for (const source of sources) {
    const path = join(root, source);
    const info = statSync(path, { throwIfNoEntry: false });
    if (!info) continue;
    const files = info.isDirectory()
      ? readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .sort()
      : [path];
    for (const file of files) hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}

async function synthesize(root: string, folder: string, say: (text: string) => void): Promise<void> {
  const began = Date.now();
  say("Bundling the functions and synthesizing the CDK app (the sources have changed; some seconds) ...");
  const draft = `${folder}.draft`;
  // Also what a run that was killed left behind: the lock says that nobody is at work on any of it.
  for (const left of globSync("*.draft", { cwd: dirname(folder) }))
    rmSync(join(dirname(folder), left), { recursive: true });
  const child = spawn(process.execPath, [join(root, "infra", "app.ts")], {
    cwd: root,
    env: {
      ...process.env,
      STAGE: "local",
      CDK_OUTDIR: draft,
      TENANTRY_BUILD: join(root, ".build", "for-local"),
      CDK_DISABLE_CLI_TELEMETRY: "true",
      // The tests check what is deployed against CloudFormation's rules, which takes half as long as everything else here.
      CDK_VALIDATION: "false",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
  }
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) {
    // The CDK's own code stands in lines of thousands of characters.
    const shown = output.split("\n").map((line) => line.slice(0, 300));
    throw new CannotStart(`The CDK app could not be synthesized (exit code ${code}):\n${shown.join("\n").trim()}`);
  }
  renameSync(draft, folder);
  say(`  done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

function prune(parent: string): void {
  const byAge = readdirSync(parent)
    .filter((name) => /^[0-9a-f]{16}$/.test(name))
    .map((name) => ({
      path: join(parent, name),
      used: statSync(join(parent, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .sort((left, right) => right.used - left.used);
  for (const { path } of byAge.slice(keptAssemblies)) rmSync(path, { recursive: true, force: true });
}
