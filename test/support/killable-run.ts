import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processIdentity } from "../../local/machine/lock.ts";
import { freePort } from "../../local/machine/ports.ts";
import { type Call, callUntilAnswered } from "./sign-ups.ts";

const root = resolve(import.meta.dirname, "../..");
const patienceMs = 90_000;
const gone = (pid: number): boolean => processIdentity(pid) === undefined;

/** A local run in processes of its own, with a home folder and a port that it keeps, which can be killed and started again. */
export interface KillableRun {
  home: string;
  url: string;
  /** Calls with the key of the first start, until an answer comes. */
  call: Call;
  /** Calls likewise with another credential. */
  callAs: (token: string) => Call;
  /** Starts it as `npm start` does, in a process group of its own. */
  start: () => void;
  ready: () => Promise<void>;
  /** Polls; what the run has printed is in the error. @throws Error after three minutes: a first start builds functions and console */
  until: (condition: () => boolean | Promise<boolean>, what: string) => Promise<void>;
  /** SIGKILL to everything at once, Java included, which has a session of its own. */
  kill: () => Promise<void>;
  /** Kills it, and removes its folder. */
  end: () => Promise<void>;
}

/** Starts a run in a new home folder whose name begins so. It is ready when this resolves. */
export async function startKillableRun(prefix: string): Promise<KillableRun> {
  const home = mkdtempSync(join(tmpdir(), prefix));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let running: ChildProcess | undefined;
  let output = "";

  const until: KillableRun["until"] = async (condition, what) => {
    for (const deadline = Date.now() + 180_000; !(await condition()); await sleep(20))
      if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}\n${output}`);
  };
  const start = (): void => {
    output = "";
    running = spawn(process.execPath, ["local/run/start.ts"], {
      cwd: root,
      env: { ...process.env, TENANTRY_HOME: home, PORT: String(port) },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [running.stdout, running.stderr])
      stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  };
  const ready = (): Promise<void> => until(() => output.includes("Tenantry is ready"), "Tenantry is ready");
  const javaPid = (): number | undefined => {
    try {
      return (JSON.parse(readFileSync(join(home, "state", "dynamodb.json"), "utf8")) as { pid: number }).pid;
    } catch {
      return undefined;
    }
  };
  const kill = async (): Promise<void> => {
    const server = running?.pid;
    if (server === undefined) return;
    const java = javaPid();
    try {
      process.kill(-server, "SIGKILL");
    } catch {
      // It has ended already.
    }
    try {
      if (java !== undefined) process.kill(java, "SIGKILL");
    } catch {
      // its watchdog was faster
    }
    await until(() => gone(server) && (java === undefined || gone(java)), "all processes are gone");
  };
  const end = async (): Promise<void> => {
    await kill();
    rmSync(home, { recursive: true, force: true });
  };

  try {
    start();
    await ready();
    const callAs = (token: string): Call => callUntilAnswered({ url, adminKey: token }, patienceMs);
    const call = callAs(readFileSync(join(home, "admin-key"), "utf8").trim());
    return { home, url, call, callAs, start, ready, until, kill, end };
  } catch (error) {
    await end();
    throw error;
  }
}
