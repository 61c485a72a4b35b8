import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { processIdentity } from "../../../local/machine/lock.ts";
import { freePort } from "../../../local/machine/ports.ts";

const root = resolve(import.meta.dirname, "../../..");
const begun: ChildProcess[] = [];
afterEach(async () => {
  for (const child of begun.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});

interface Running {
  child: ChildProcess;
  output(): string;
  /** Pid of the server below the bootstrap. */
  server(): number;
  java(): number;
}

/** `npm start`, as far as it has an output; it is ready when it says so. */
function npmStart(home: string, port: number): Running {
  const child = spawn("npm", ["start"], {
    cwd: root,
    env: { ...process.env, TENANTRY_HOME: home, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  begun.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const state = (name: string): { pid: number } => JSON.parse(readFileSync(join(home, "state", name), "utf8")) as never;
  return { child, output: () => output, server: () => state("run.json").pid, java: () => state("dynamodb.json").pid };
}

async function until(condition: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (const deadline = Date.now() + 90_000; !(await condition()); await sleep(25)) {
    if (Date.now() > deadline) throw new Error(`gave up waiting: ${what()}`);
  }
}
const gone = (pid: number) => processIdentity(pid) === undefined;

async function ready(home: string, port: number): Promise<Running> {
  const running = npmStart(home, port);
  await until(() => running.output().includes("Tenantry is ready"), running.output);
  return running;
}

const client = (home: string, port: number) => {
  const url = `http://127.0.0.1:${port}`;
  const authorization = `Bearer ${readFileSync(join(home, "admin-key"), "utf8").trim()}`;
  return {
    async create(name: string): Promise<unknown> {
      const me = (await (await fetch(`${url}/v1/me`, { headers: { authorization } })).json()) as {
        scope?: { id: string };
      };
      if (!me.scope) throw new Error(`GET /v1/me answered ${JSON.stringify(me)}`);
      const response = await fetch(`${url}/v1/customers`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify({
          parentId: me.scope.id,
          level: "distributor",
          name,
          email: "a@example.com",
          country: "DE",
        }),
      });
      return response.json();
    },
    async names(): Promise<string[]> {
      const response = await fetch(`${url}/v1/customers`, { headers: { authorization } });
      const { items } = (await response.json()) as { items: { name: string }[] };
      return items.map(({ name }) => name);
    },
    clock: async (): Promise<number> =>
      ((await (await fetch(`${url}/_local/clock`)).json()) as { offsetMs: number }).offsetMs,
    advance: (advance: string) => fetch(`${url}/_local/clock`, { method: "POST", body: JSON.stringify({ advance }) }),
  };
};

/** What a start says there is, as the README shows it too. */
const labelsOf = (text: string): string[] =>
  [...text.matchAll(/^ {2}([A-Z]\w+(?: \w+)?) +(?:http|\.?[\w./-]*\/)/gm)].map(([, label = ""]) => label);
/** The link that lets the first administrator in. */
const linkIn = (output: string): string => {
  const [link = ""] = /http\S+\/console\/login\.html#code=tc_\S+/.exec(output) ?? [];
  expect(link).not.toBe("");
  return link;
};

describe("npm start", { timeout: 240_000 }, () => {
  test("keeps everything that was acknowledged through a SIGKILL of any of its processes, and leaves none behind", async () => {
    const home = mkdtempSync(join(tmpdir(), "tenantry-"));
    const port = await freePort();
    const victims: ((running: Running) => number)[] = [
      ({ server }) => server(),
      ({ java }) => java(),
      ({ child }) => child.pid ?? 0,
    ];
    // The usual run kills one of them, by chance, since each takes another start.
    const first = Math.floor(Math.random() * victims.length);
    const chosen = process.env["START_KILLS"] === "all" ? victims : victims.slice(first, first + 1);
    process.stdout.write(`start: kills ${chosen.map(String).join(", ")}\n`);
    const expected: string[] = [];
    let running = await ready(home, port);
    const key = readFileSync(join(home, "admin-key"), "utf8");
    expect(labelsOf(running.output())).toEqual(labelsOf(readFileSync(join(root, "README.md"), "utf8")));
    const link = linkIn(running.output());
    await client(home, port).advance("P1D");
    for (const [round, victim] of chosen.entries()) {
      const api = client(home, port);
      const name = `Distributor ${round}`;
      expect(await api.create(name)).toMatchObject({ name });
      expected.push(name);
      const [server, java] = [running.server(), running.java()];
      process.kill(victim(running), "SIGKILL");
      await until(
        () => gone(server) && gone(java),
        () => `${server} or ${java} is still there`,
      );

      running = await ready(home, port);
      expect(await client(home, port).names()).toEqual(expect.arrayContaining(expected));
      expect(readFileSync(join(home, "admin-key"), "utf8")).toBe(key);
      expect(linkIn(running.output())).toBe(link);
      expect(await client(home, port).clock()).toBe(86_400_000);
    }
    // Who has used it is let in by the password; the next start names no code.
    const code = link.split("#code=")[1];
    const accepted = await fetch(`http://127.0.0.1:${port}/v1/invitations/accept`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code, password: "seven otters at noon" }),
    });
    expect(await accepted.json()).toEqual({ username: "admin@example.com" });
    running.child.kill("SIGTERM");
    await once(running.child, "exit");
    running = await ready(home, port);
    expect(running.output()).toContain(`/console/\n`);
    expect(running.output()).not.toContain("#code=");
  });

  test("refuses a second start on the same home and one on a port in use, and says what to do", async () => {
    const home = mkdtempSync(join(tmpdir(), "tenantry-"));
    const port = await freePort();
    const first = await ready(home, port);
    const sameHome = npmStart(home, await freePort());
    const samePort = npmStart(mkdtempSync(join(tmpdir(), "tenantry-")), port);
    const codes = await Promise.all(
      [sameHome, samePort].map(async ({ child }) => ((await once(child, "exit")) as [number])[0]),
    );
    expect(codes).toEqual([1, 1]);
    expect(sameHome.output()).toContain(`already runs on ${home} at http://127.0.0.1:${port}`);
    expect(samePort.output()).toContain(`Port ${port} is in use`);
    expect((await fetch(`http://127.0.0.1:${port}/v1/health`)).status).toBe(200);

    const [server, java] = [first.server(), first.java()];
    process.kill(server, "SIGINT");
    expect(((await once(first.child, "exit")) as [number])[0]).toBe(0);
    expect([gone(server), gone(java), existsSync(join(home, "run.lock"))]).toEqual([true, true, false]);
  });
});
