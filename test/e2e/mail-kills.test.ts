import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SentMail } from "../../local/emulators/mailbox.ts";
import { type KillableRun, startKillableRun } from "../support/killable-run.ts";
import { randomFrom } from "../support/random.ts";
import { filesWith } from "../support/secrets.ts";
import {
  createReseller,
  mailStates,
  recipients,
  type SignedUp,
  signUp,
  temporaryPasswordIn,
} from "../support/sign-ups.ts";

/*
 * The long run asks for more: twenty kills among 200 accounts. MAIL_SEED repeats a run as far as its moments go.
 */
const kills = Number(process.env["MAIL_KILLS"] ?? 1);
const accounts = Number(process.env["MAIL_ACCOUNTS"] ?? 6);
const seed = Number(process.env["MAIL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const random = randomFrom(seed);
/** Random places on a way of some length, in order, the start included and the end not. */
const places = (count: number, length: number): number[] =>
  Array.from({ length: count }, () => Math.floor(random() * length)).sort((one, other) => one - other);

let run: KillableRun;

const advance = (duration: string): Promise<unknown> => run.call("POST", "/_local/clock", { advance: duration });
const advanceOnce = (duration: string): Promise<unknown> =>
  fetch(`${run.url}/_local/clock`, {
    method: "POST",
    body: JSON.stringify({ advance: duration }),
  }).catch(() => sleep(20));
/** Of the mails, all but the invitation that each start may send to the first administrator. */
const invited = "admin@example.com";
const mailbox = async (): Promise<SentMail[]> =>
  ((await run.call("GET", "/_local/mail"))["items"] as SentMail[]).filter((mail) => recipients([mail])[0] !== invited);

beforeAll(async () => {
  process.stdout.write(`mail-kills: ${kills} kills, ${accounts} accounts, MAIL_SEED=${seed}\n`);
  run = await startKillableRun("tenantry-kills-");
}, 240_000);
afterAll(() => run.end());

describe("a run that is killed again and again", { timeout: 600_000 }, () => {
  const signedUp: SignedUp[] = [];
  /** A single kill comes in one of both parts, by the seed. */
  const whileCreating = kills === 1 ? seed % 2 : Math.ceil(kills / 2);
  /** Kills within the few hundredths of a second after something has come so far. */
  const killAt = async (reached: () => boolean, what: string): Promise<void> => {
    await run.until(reached, what);
    await sleep(random() * 60);
    await run.kill();
  };

  test("while accounts are created and SES is down loses no account and makes none twice", async () => {
    const reseller = await createReseller(run.call, "Killed reseller");
    await run.call("POST", "/_local/mail/outage", { mode: "down" });
    const creating = signUp(run.call, reseller, { accounts, clients: 16, name: "kill" }, signedUp);
    creating.catch(() => undefined);
    for (const place of places(whileCreating, accounts - 16)) {
      await killAt(() => signedUp.length >= place, `${place} accounts are created`);
      run.start();
      await run.ready();
      // An outage ends with its run. What the new one has sent before this call was sent early, and counts.
      await run.call("POST", "/_local/mail/outage", { mode: "down" });
    }
    await creating;

    const customers = [...new Set(signedUp.map(({ customerId }) => customerId))];
    const listed: string[] = [];
    for (const id of customers) {
      const { items } = await run.call("GET", `/accounts?customerId=${id}`);
      listed.push(...(items as { id: string }[]).map((account) => account.id));
    }
    expect(listed.sort()).toEqual(signedUp.map(({ accountId }) => accountId).sort());
    const { items } = await run.call("GET", `/customers?parentId=${reseller}&limit=200`);
    expect((items as { isDefault: boolean }[]).filter(({ isDefault }) => !isDefault)).toHaveLength(customers.length);
  });

  test("while their mails are sent sends each once", { timeout: 180_000 }, async () => {
    const sent = (): number =>
      readFileSync(join(run.home, "mail.jsonl"), "utf8")
        .split("\n")
        .filter((line) => line !== "" && !line.includes(invited)).length;
    const early = sent();
    await run.call("POST", "/_local/mail/outage", { mode: "none" });
    const killedAt: number[] = [];
    for (const place of places(kills - whileCreating, accounts - early)) {
      await run.ready();
      // What was under way when the last run was killed is looked at again after half an hour, and once more before it is sent.
      let alive = true;
      const timePasses = (async () => {
        while (alive) await advanceOnce("PT31M");
      })();
      await killAt(() => sent() >= early + place, `${early + place} mails are sent`);
      alive = false;
      await timePasses;
      killedAt.push(sent());
      run.start();
    }
    await run.ready();
    for (let step = 0; (await mailStates(run.call, signedUp))["sent"] !== accounts && step < 20; step += 1)
      await advance("PT31M");
    for (const later of ["PT31M", "PT6H", "P4D"]) await advance(later);
    process.stdout.write(`mail-kills: ${early} mails sent while creating, killed after ${killedAt.join(", ")} mails\n`);
    expect(await mailStates(run.call, signedUp)).toEqual({ sent: accounts });
    expect(recipients(await mailbox())).toEqual(signedUp.map(({ address }) => address).sort());
  });

  test("leaves no password in any file but the mailbox", async () => {
    const passwords = (await mailbox()).flatMap(({ text }) => temporaryPasswordIn(text) ?? []);
    expect(passwords).toHaveLength(accounts);
    await run.kill();
    expect(Object.keys(filesWith(run.home, passwords))).toEqual(["mail.jsonl"]);
  });
});
