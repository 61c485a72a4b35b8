import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { processIdentity } from "../../local/lock.ts";
import { freePort } from "../../local/ports.ts";
import type { SentMail } from "../../local/mailbox.ts";
import { filesWith } from "../support/secrets.ts";
import {
  type Call,
  callUntilAnswered,
  createReseller,
  mailStates,
  recipients,
  type SignedUp,
  signUp,
  temporaryPasswordIn,
} from "../support/sign-ups.ts";

/*
 * `npm run soak:mail` asks for more: twenty kills among 200 accounts. MAIL_SEED repeats a run as far as its moments go.
 */
const kills = Number(process.env["MAIL_KILLS"] ?? 6);
const accounts = Number(process.env["MAIL_ACCOUNTS"] ?? 60);
const seed = Number(process.env["MAIL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Numbers from 0 to 1, always the same for the same seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const random = randomFrom(seed);
/** Random places on a way of some length, in order, the start included and the end not. */
const places = (count: number, length: number): number[] =>
  Array.from({ length: count }, () => Math.floor(random() * length)).sort((one, other) => one - other);

const root = resolve(import.meta.dirname, "../..");
let home: string;
let port: number;
let running: ChildProcess | undefined;
let output = "";
let call: Call;

const gone = (pid: number): boolean => processIdentity(pid) === undefined;
const javaPid = (): number | undefined => {
  try {
    return (JSON.parse(readFileSync(join(home, "state", "dynamodb.json"), "utf8")) as { pid: number }).pid;
  } catch {
    return undefined;
  }
};
async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await condition()); await sleep(20))
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}\n${output}`);
}

/** Starts the run as `npm start` does, in a process group of its own. */
function start(): void {
  output = "";
  running = spawn(process.execPath, ["local/start.ts"], {
    cwd: root,
    env: { ...process.env, TENANTRY_HOME: home, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  for (const stream of [running.stdout, running.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
}
const ready = (): Promise<void> => until(() => output.includes("Tenantry is ready"), "Tenantry is ready");

/** SIGKILL to everything at once, Java included, which has a session of its own. */
async function killAll(): Promise<void> {
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
}

const advance = (duration: string): Promise<unknown> => call("POST", "/_local/clock", { advance: duration });
const advanceOnce = (duration: string): Promise<unknown> =>
  fetch(`http://127.0.0.1:${port}/_local/clock`, {
    method: "POST",
    body: JSON.stringify({ advance: duration }),
  }).catch(() => sleep(20));
const mailbox = async (): Promise<SentMail[]> => (await call("GET", "/_local/mail"))["items"] as SentMail[];

beforeAll(async () => {
  process.stdout.write(`mail-kills: ${kills} kills, ${accounts} accounts, MAIL_SEED=${seed}\n`);
  home = mkdtempSync(join(tmpdir(), "tenantry-kills-"));
  port = await freePort();
  start();
  await ready();
  const adminKey = readFileSync(join(home, "admin-key"), "utf8").trim();
  call = callUntilAnswered({ url: `http://127.0.0.1:${port}`, adminKey }, 90_000);
}, 120_000);
afterAll(async () => {
  await killAll();
  rmSync(home, { recursive: true, force: true });
});

describe("a run that is killed again and again", { timeout: 600_000 }, () => {
  const signedUp: SignedUp[] = [];
  const whileCreating = Math.ceil(kills / 2);
  /** Kills within the few hundredths of a second after something has come so far. */
  const killAt = async (reached: () => boolean, what: string): Promise<void> => {
    await until(reached, what);
    await sleep(random() * 60);
    await killAll();
  };

  test("while accounts are created and SES is down loses no account and makes none twice", async () => {
    const reseller = await createReseller(call, "Killed reseller");
    await call("POST", "/_local/mail/outage", { mode: "down" });
    const creating = signUp(call, reseller, { accounts, clients: 16, name: "kill" }, signedUp);
    creating.catch(() => undefined);
    for (const place of places(whileCreating, accounts - 16)) {
      await killAt(() => signedUp.length >= place, `${place} accounts are created`);
      start();
      await ready();
      // An outage ends with its run. What the new one has sent before this call was sent early, and counts.
      await call("POST", "/_local/mail/outage", { mode: "down" });
    }
    await creating;

    const customers = [...new Set(signedUp.map(({ customerId }) => customerId))];
    const listed: string[] = [];
    for (const id of customers) {
      const { items } = await call("GET", `/accounts?customerId=${id}`);
      listed.push(...(items as { id: string }[]).map((account) => account.id));
    }
    expect(listed.sort()).toEqual(signedUp.map(({ accountId }) => accountId).sort());
    const { items } = await call("GET", `/customers?parentId=${reseller}&limit=200`);
    expect((items as { isDefault: boolean }[]).filter(({ isDefault }) => !isDefault)).toHaveLength(customers.length);
  });

  test("while their mails are sent sends each once", async () => {
    const sent = (): number => readFileSync(join(home, "mail.jsonl"), "utf8").split("\n").filter(Boolean).length;
    const early = sent();
    await call("POST", "/_local/mail/outage", { mode: "none" });
    const killedAt: number[] = [];
    for (const place of places(kills - whileCreating, accounts - early)) {
      await ready();
      // What was under way when the last run was killed is looked at again after half an hour, and once more before it is sent.
      let alive = true;
      const timePasses = (async () => {
        while (alive) await advanceOnce("PT31M");
      })();
      await killAt(() => sent() >= early + place, `${early + place} mails are sent`);
      alive = false;
      await timePasses;
      killedAt.push(sent());
      start();
    }
    await ready();
    for (let step = 0; (await mailStates(call, signedUp))["sent"] !== accounts && step < 20; step += 1)
      await advance("PT31M");
    for (const later of ["PT31M", "PT6H", "P4D"]) await advance(later);
    process.stdout.write(`mail-kills: ${early} mails sent while creating, killed after ${killedAt.join(", ")} mails\n`);
    expect(await mailStates(call, signedUp)).toEqual({ sent: accounts });
    expect(recipients(await mailbox())).toEqual(signedUp.map(({ address }) => address).sort());
  });

  test("leaves no password in any file but the mailbox", async () => {
    const passwords = (await mailbox()).flatMap(({ text }) => temporaryPasswordIn(text) ?? []);
    expect(passwords).toHaveLength(accounts);
    await killAll();
    expect(Object.keys(filesWith(home, passwords))).toEqual(["mail.jsonl"]);
  });
});
