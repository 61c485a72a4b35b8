import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalStack, startLocal } from "../../local/run/start-local.ts";
import { filesWith, secretsInText, streamOf } from "../support/secrets.ts";
import {
  type Call,
  callOnce,
  createReseller,
  mailStates,
  recipients,
  type SignedUp,
  signUp,
  temporaryPasswordIn,
} from "../support/sign-ups.ts";
import { newDatabase } from "../support/dynamo.ts";

/** Accounts that are made while the mail service is down; so many again meet with lost answers, and with throttling. */
const accounts = Number(process.env["OUTAGE_ACCOUNTS"] ?? 3);

let stack: LocalStack;
let home: string;
let call: Call;
let reseller: string;
let sentBefore: number;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "tenantry-outage-"));
  stack = await startLocal({ home, port: 0, quiet: true, database: await newDatabase() });
  call = callOnce(stack);
  reseller = await createReseller(call, "Outage reseller");
}, 120_000);
afterAll(async () => {
  await stack.stop();
  rmSync(home, { recursive: true, force: true });
});

const advance = (duration: string): Promise<unknown> => call("POST", "/_local/clock", { advance: duration });
/** The mails that were sent since the last step. */
const arrived = (): string[] => recipients(stack.mail().slice(0, stack.mail().length - sentBefore));
const addresses = (signedUp: readonly SignedUp[]): string[] => signedUp.map(({ address }) => address).sort();

/** Lets time pass, with all that becomes due in it, until every mail is sent. */
async function untilAllSent(signedUp: readonly SignedUp[]): Promise<void> {
  await stack.settle();
  for (let step = 0; step < 20; step += 1) {
    if ((await mailStates(call, signedUp))["sent"] === signedUp.length) return;
    await advance("PT2M");
  }
  throw new Error(`Mails that are not sent: ${JSON.stringify(await mailStates(call, signedUp))}`);
}

/** All requests that an outage was to meet have met with it. */
const expectOutageOver = async (): Promise<void> =>
  expect(await call("GET", "/_local/mail/outage")).toEqual({ mode: "none", remaining: null });

/** Whatever else might become due in four days brings no second mail. */
async function expectEachOnce(signedUp: readonly SignedUp[]): Promise<void> {
  for (const later of ["PT31M", "PT6H", "P4D"]) await advance(later);
  expect(arrived()).toEqual(addresses(signedUp));
  expect(await mailStates(call, signedUp)).toEqual({ sent: signedUp.length });
}

describe("mails", { timeout: 300_000 }, () => {
  test(`of ${accounts} accounts created while SES was down all arrive once it is up again, each once`, async () => {
    sentBefore = stack.mail().length;
    await stack.mailOutage("down");
    const signedUp = await signUp(call, reseller, { accounts, clients: 16, name: "down" });
    await stack.settle();
    await advance("PT5M");
    expect(arrived()).toEqual([]);
    expect(await mailStates(call, signedUp)).toEqual({ queued: accounts });

    await stack.mailOutage("none");
    await untilAllSent(signedUp);
    await expectEachOnce(signedUp);
  });

  test("whose answers are lost after SES has accepted them are not sent twice", async () => {
    sentBefore = stack.mail().length;
    await stack.mailOutage("answer-lost", Math.ceil(accounts * 0.75));
    const signedUp = await signUp(call, reseller, { accounts, clients: 16, name: "lost" });
    await stack.settle();
    await expectOutageOver();
    await untilAllSent(signedUp);
    await expectEachOnce(signedUp);
  });

  test("that SES throttles at first all arrive, each once", async () => {
    sentBefore = stack.mail().length;
    await stack.mailOutage("throttled", accounts);
    const signedUp = await signUp(call, reseller, { accounts, clients: 16, name: "throttled" });
    await stack.settle();
    await expectOutageOver();
    await untilAllSent(signedUp);
    await expectEachOnce(signedUp);
  });

  test("have left no password in any file but the mailbox, nor in the stream", async () => {
    const passwords = stack.mail().flatMap(({ text }) => temporaryPasswordIn(text) ?? []);
    expect(passwords).toHaveLength(3 * accounts);
    expect(Object.keys(filesWith(home, passwords))).toEqual(["mail.jsonl"]);
    expect(secretsInText(await streamOf(stack.database), passwords)).toEqual([]);
  });
});
