import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, globSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { CannotStart } from "../machine/cannot-start.ts";
import { takeLock } from "../machine/lock.ts";

export interface StampedBuild {
  /** The project's folder. */
  root: string;
  /** Folder below `.build` that holds the results, each in a folder of its own. */
  name: string;
  /** Files and folders of the project that the result is made of. A change in any of them makes another result. */
  sources: readonly string[];
  /** What is built, as a message calls it, and how the whole begins to be told. */
  what: string;
  title: string;
  /** The program that builds, and its arguments. It writes into `draft`. */
  command: (draft: string) => { file: string; args: readonly string[]; env?: Readonly<Record<string, string>> };
  say: (text: string) => void;
}

/** Results that are kept: a run may still use the one that it began with. */
const kept = 4;

/**
 * What a program makes of the present sources; it runs only if no run has had the same sources before.
 * @returns the result's folder, which no later build writes to
 * @throws CannotStart with the program's output where it fails
 */
export async function stampedBuild(build: StampedBuild): Promise<string> {
  const { root, name, sources, what, say } = build;
  const parent = join(root, ".build", name);
  const folder = join(parent, hashOf(root, sources));
  if (!existsSync(folder)) {
    const release = await takeLock(join(root, ".build", `${name}.lock`), 180_000, (pid) =>
      say(`Another run (process ${pid}) is building ${what}; waiting for it.`),
    );
    try {
      if (!existsSync(folder)) await run(build, folder);
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
function hashOf(root: string, sources: readonly string[]): string {
  const hash = createHash("sha256").update(process.version);
  for (const source of sources) {
    const path = join(root, source);
    const info = statSync(path, { throwIfNoEntry: false });
    if (!info) continue;
    const files = info.isDirectory()
      ? readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
          .map((entry) => join(entry.parentPath, entry.name))
          .sort()
      : [path];
    for (const file of files) hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}

async function run({ root, what, title, command, say }: StampedBuild, folder: string): Promise<void> {
  const began = Date.now();
  say(`${title} (the sources have changed; some seconds) ...`);
  const draft = `${folder}.draft`;
  // Also what a run that was killed left behind: the lock says that nobody is at work on any of it.
  for (const left of globSync("*.draft", { cwd: dirname(folder) }))
    rmSync(join(dirname(folder), left), { recursive: true });
  const { file, args, env } = command(draft);
  const child = spawn(file, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
  }
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) {
    // The tools' own code stands in lines of thousands of characters.
    const shown = output.split("\n").map((line) => line.slice(0, 300));
    throw new CannotStart(`${what} could not be built (exit code ${code}):\n${shown.join("\n").trim()}`);
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
  for (const { path } of byAge.slice(kept)) rmSync(path, { recursive: true, force: true });
}
