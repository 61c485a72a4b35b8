#!/usr/bin/env node
// Prepares the machine, then runs a command under the pinned Node; `--help` names the commands.
// Plain JavaScript without dependencies, because it runs before anything is installed, on Node 20.19 or later.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const modules = join(root, "node_modules");
const stampFile = join(modules, ".install-stamp");
const lockFile = join(root, ".build", "install.lock");
const pinnedNode =
  process.platform === "win32" ? join(modules, "node", "bin", "node.exe") : join(modules, ".bin", "node");
const [command = "", ...extra] = process.argv.slice(2);

const say = (text) => process.stderr.write(`${text}\n`);
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

class Refusal extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs a program out of sight and says every few seconds that it is still at it. The output is shown where it fails. */
async function runQuietly(title, program, args, options = {}) {
  const began = Date.now();
  say(`${title} ...`);
  const child = spawn(program, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
    ...options,
  });
  let output = "";
  const keep = (chunk) => (output = (output + chunk).slice(-8000));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const progress = setInterval(() => say(`  still working, ${Math.round((Date.now() - began) / 1000)} s`), 10_000);
  const stop = (signal) => {
    // The whole group: npm starts programs of its own, and they must not go on writing into node_modules.
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
    releaseLock();
    process.exit(128 + constants.signals[signal]);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", stop);
  const code = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.code === "ENOENT" ? 127 : 1));
    child.on("close", (status) => resolve(status ?? 1));
  });
  clearInterval(progress);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, stop);
  if (code === 0) say(`  done in ${seconds(began)}`);
  return { code, output };
}

/** What runs under a pid, as far as the system tells; an empty string where it is gone. */
function commandLineOf(pid) {
  if (existsSync("/proc/self/cmdline")) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      return "";
    }
  }
  return spawnSync("ps", ["-p", String(pid), "-o", "command="], { encoding: "utf8" }).stdout?.trim() ?? "";
}

const readLock = () => {
  try {
    return readFileSync(lockFile, "utf8");
  } catch {
    return undefined;
  }
};
const mine = `${process.pid} ${Date.now()}`;
const releaseLock = () => {
  if (readLock() === mine) unlinkSync(lockFile);
};

/** Takes the lock of the installation, waiting for another run that holds it; a lock whose owner died is taken over. */
async function takeLock() {
  mkdirSync(dirname(lockFile), { recursive: true });
  const draft = `${lockFile}.${process.pid}`;
  for (let announced = false; ; await sleep(200)) {
    writeFileSync(draft, mine);
    try {
      linkSync(draft, lockFile);
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    const held = readLock();
    if (held === undefined) continue;
    const pid = Number(held.split(" ")[0]);
    if (/bootstrap\.mjs|[\\/]tenantry(?:\.mjs)?\b/.test(commandLineOf(pid))) {
      if (!announced) say(`Another run (process ${pid}) is installing the dependencies; waiting for it.`);
      announced = true;
      continue;
    }
    const stale = `${lockFile}.stale.${process.pid}`;
    try {
      renameSync(lockFile, stale);
      // Someone quicker may have taken over between the reading and the renaming: give that lock back.
      if (readFileSync(stale, "utf8") !== held) linkSync(stale, lockFile);
    } catch (error) {
      if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error;
    } finally {
      rmSync(stale, { force: true });
    }
  }
}

/** Whether a finished `npm ci` or `npm install` by hand left just what the lock file asks for. */
function installedByHand(lockText) {
  try {
    const wanted = JSON.parse(lockText).packages;
    const present = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8")).packages;
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === "" || present[path]?.version === version || (optional === true && present[path] === undefined),
    );
  } catch {
    return false;
  }
}

/** Why the dependencies must be installed, or undefined where they are in place. */
function reasonToInstall(lockText, hash) {
  if (!existsSync(modules)) return "first run in this folder";
  if (!existsSync(pinnedNode)) return "the pinned Node is missing";
  let stamp;
  try {
    stamp = readFileSync(stampFile, "utf8").trim();
  } catch {
    // no installation by this program has finished
  }
  if (stamp === hash) return undefined;
  if (installedByHand(lockText)) {
    writeFileSync(stampFile, `${hash}\n`);
    return undefined;
  }
  return stamp === undefined
    ? "the last installation did not finish"
    : "package-lock.json has changed since the last installation";
}

async function installDependencies() {
  const lockText = readFileSync(join(root, "package-lock.json"), "utf8");
  const hash = createHash("sha256").update(lockText).digest("hex");
  if (reasonToInstall(lockText, hash) === undefined) return;
  await takeLock();
  try {
    const reason = reasonToInstall(lockText, hash); // another run may have just finished it
    if (reason === undefined) return;
    const count = Object.keys(JSON.parse(lockText).packages).length - 1;
    // Without node_modules/.bin, or npm would run under the very Node that it is about to replace.
    const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
    const env = { ...process.env, PATH: path.join(delimiter), CDK_DISABLE_CLI_TELEMETRY: "true" };
    for (let attempt = 1; ; attempt++) {
      rmSync(stampFile, { force: true });
      const { code, output } = await runQuietly(
        `Installing ${count} packages with npm ci (${reason}; about a minute, 800 MB on disk)`,
        "npm",
        ["ci", "--include=dev", "--no-audit", "--no-fund"],
        { env, shell: process.platform === "win32" },
      );
      if (code === 0) break;
      if (code === 127) throw new Refusal("npm was not found. Install Node 20.19 or later together with npm.");
      if (attempt === 2) throw new Refusal(`${output}\nnpm ci failed twice (exit code ${code}).`);
      say("  npm ci failed; trying once more in 3 s");
      await sleep(3000);
    }
    if (!existsSync(pinnedNode))
      throw new Refusal("npm ci left no node_modules/.bin/node. Run: npm ci --foreground-scripts");
    writeFileSync(stampFile, `${hash}\n`);
  } finally {
    releaseLock();
  }
}

/** The first Java of at least version 17, or undefined. */
function findJava() {
  const home = process.env.JAVA_HOME;
  for (const java of [...(home ? [join(home, "bin", "java")] : []), "java", "/usr/bin/java"]) {
    const { stderr, status } = spawnSync(java, ["-version"], { encoding: "utf8" });
    const version = status === 0 ? /version "(\d+)/.exec(stderr) : null;
    if (version && Number(version[1]) >= 17) return java;
  }
  return undefined;
}

async function ensureJava() {
  const found = findJava();
  if (found) return found;
  const debian = existsSync("/etc/debian_version");
  if (!debian || process.getuid?.() !== 0) {
    const remedy = debian
      ? "sudo apt-get install -y --no-install-recommends default-jre-headless"
      : process.platform === "darwin"
        ? "brew install openjdk@17"
        : "install a Java runtime of version 17 or later";
    throw new Refusal(`Amazon's DynamoDB Local needs Java 17 or later, and none was found. Remedy: ${remedy}`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = ["-o", "DPkg::Lock::Timeout=180"];
  mkdirSync("/usr/share/man/man1", { recursive: true }); // slim images lack it, and the package's set-up links into it
  await runQuietly(
    "Refreshing the package lists (for Java 17, which DynamoDB Local needs)",
    "apt-get",
    [...apt, "update"],
    {
      env,
    },
  );
  for (const name of ["openjdk-17-jre-headless", "default-jre-headless", "openjdk-21-jre-headless"]) {
    const { code } = await runQuietly(
      `Installing ${name} (about half a minute, 200 MB on disk)`,
      "apt-get",
      [...apt, "install", "-y", "--no-install-recommends", name],
      { env },
    );
    const java = code === 0 ? findJava() : undefined;
    if (java) return java;
  }
  throw new Refusal(
    "Java could not be installed. Remedy: apt-get install -y --no-install-recommends default-jre-headless",
  );
}

/** Installs the browser that the console is tried in where that is possible; elsewhere the tests of the console say what to install. */
async function ensureChromium() {
  const asked = extra.filter((word) => !word.startsWith("-"));
  if (asked.length > 0 && !asked.some((word) => word.includes("console"))) return;
  if (process.env.TENANTRY_CHROMIUM || existsSync("/usr/bin/chromium")) return;
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) return;
  const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  const apt = ["-o", "DPkg::Lock::Timeout=180"];
  await runQuietly("Refreshing the package lists (for Chromium)", "apt-get", [...apt, "update"], options);
  await runQuietly(
    "Installing chromium, in which the console is tried (about a minute, 600 MB on disk)",
    "apt-get",
    [...apt, "install", "-y", "--no-install-recommends", "chromium"],
    options,
  );
}

/** The npm process above this one, if any. Killed without warning it takes nothing with it, so it is watched. */
function npmAbove() {
  if (process.env.npm_lifecycle_event === undefined || !existsSync("/proc/self/stat")) return undefined;
  for (let pid = process.ppid, step = 0; pid > 1 && step < 3; step++) {
    if (/^npm\b|npm-cli\.js/.test(commandLineOf(pid))) return pid;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** Runs a program in the foreground under the pinned Node, hands signals on, and returns its exit code. */
async function runPinned(args, env = {}, { ipc = false, cwd = root } = {}) {
  const child = spawn(pinnedNode, args, {
    cwd,
    env: { ...process.env, ...env, PATH: `${join(modules, ".bin")}${delimiter}${process.env.PATH ?? ""}` },
    // The channel tells the child when this process dies, even by SIGKILL.
    stdio: ipc ? ["inherit", "inherit", "inherit", "ipc"] : "inherit",
  });
  const forward = (signal) => child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  const npm = npmAbove();
  const watch = npm && setInterval(() => commandLineOf(npm) === "" && child.kill("SIGTERM"), 250);
  const code = await new Promise((resolve) => {
    child.on("error", (error) => {
      say(`${pinnedNode} could not be run: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (status, signal) => resolve(status ?? 128 + constants.signals[signal]));
  });
  if (watch) clearInterval(watch);
  for (const signal of signals) process.off(signal, forward);
  return code;
}

/** Has glibc give memory back that a thread which ended has used. Without this a run over all functions keeps half as much again. */
const smallHeaps = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072", MALLOC_MMAP_THRESHOLD_: "131072" };

/** Everything that must hold before a merge beside the tests. All of it runs, so that one run shows all that is wrong. */
async function check() {
  const bin = (name, file) => join(modules, name, file);
  // Side by side: the format takes about as long as all others.
  const lanes = [
    [
      ["types", [bin("typescript", "bin/tsc"), "-p", "."]],
      ["types of infra", [bin("typescript", "bin/tsc"), "-p", "infra"]],
      ["types of the console", [bin("typescript", "bin/tsc"), "-p", "console"]],
      ["types of the console's tests", [bin("typescript", "bin/tsc"), "-p", "test/console"]],
      ["lint", [bin("oxlint", "bin/oxlint"), "--deny-warnings"]],
      ["dead code", [bin("knip", "bin/knip.js")]],
    ],
    [["format", [bin("prettier", "bin/prettier.cjs"), "--check", "--log-level", "warn", "."]]],
  ];
  const failed = [];
  let interrupted = 0;
  const runLane = async (steps) => {
    for (const [name, args] of steps) {
      const began = Date.now();
      const code = await runPinned(args);
      if (code > 128) interrupted = code;
      if (interrupted > 0) return; // the rest would only be noise
      say(`${code === 0 ? "ok    " : "FAILED"}  ${name} (${seconds(began)})`);
      if (code !== 0) failed.push(name);
    }
  };
  await Promise.all(lanes.map(runLane));
  if (interrupted > 0) return interrupted;
  if (failed.length > 0) say(`check failed: ${failed.join(", ")}`);
  return failed.length > 0 ? 1 : 0;
}

const usage = `Usage: npm start | npm test | npm run test:long | npm run check

Each prepares the machine first: it installs the dependencies and, where it may, Java.`;

/** What each command does, and its usage. Arguments go to the program behind it, unless there is none. */
const commands = {
  start: {
    usage: `Usage: npm start

Runs the whole installation on this machine until Ctrl-C.

  PORT            port of the API (8787)
  TENANTRY_HOME   folder of everything that it remembers (.tenantry)`,
    run: async () =>
      runPinned(["local/run/start.ts"], { ...smallHeaps, TENANTRY_JAVA: await ensureJava() }, { ipc: true }),
  },
  test: {
    usage: `Usage: npm test [-- file ...] [vitest options]

Runs all tests that guard the behaviour, or those of the files whose paths contain what is given.
npm run test:long runs the same at full size. What follows is the usage of vitest.`,
    takesArguments: true,
    run: async () => {
      await ensureChromium();
      return runPinned(["test/support/vitest.ts", ...extra], { TENANTRY_JAVA: await ensureJava() });
    },
  },
  "test:long": {
    takesArguments: true,
    run: async () => runPinned(["test/long/run.ts", ...extra], { TENANTRY_JAVA: await ensureJava() }),
  },
  check: {
    usage: `Usage: npm run check

Checks types, lint, format and dead code: what must hold before a merge beside the tests.`,
    run: check,
  },
  // What `tenantry` of this clone starts. It is run where its user is, for files that are named and the local stack of the folder.
  tenantry: {
    takesArguments: true,
    run: async () =>
      runPinned(
        ["--conditions=tenantry:source", join(root, "clients/cli/src/main.ts"), ...extra],
        { NODE_COMPILE_CACHE: join(root, ".build", "compiled") },
        { cwd: process.cwd() },
      ),
  },
};

try {
  if (["--help", "-h"].includes(command)) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  const chosen = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!chosen) throw new Refusal(usage.split("\n", 1)[0], 2);
  const helps = extra.includes("--help") || extra.includes("-h");
  if (helps && chosen.usage !== undefined) process.stdout.write(`${chosen.usage}\n`);
  if (!chosen.takesArguments) {
    if (helps) process.exit(0);
    if (extra.length > 0) throw new Refusal(`Unknown argument "${extra[0]}". Try --help.`, 2);
  }
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Refusal(`Node ${process.versions.node} is too old: 20.19 or later is needed to bootstrap.`);
  }
  if (!statSync(join(root, "package-lock.json"), { throwIfNoEntry: false })) {
    throw new Refusal("package-lock.json is missing: this folder is not a complete checkout.");
  }
  await installDependencies();
  process.exitCode = await chosen.run();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  say(error.message);
  process.exitCode = error.exitCode;
}
