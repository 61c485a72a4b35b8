import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { accountComplaints } from "../../model/account-invariants.ts";
import { dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { goodPassword } from "../stages/post.ts";
import { openTrialStage, type TrialStage } from "../stages/trial-stage.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

type Body = Reply["body"];
const hourMs = 3_600_000;
let stage: TrialStage;
beforeAll(async () => {
  stage = await openTrialStage();
});

const daysAfter = (at: string, days: number): string => new Date(Date.parse(at) + days * dayMs).toISOString();
/** An account in trial of a customer of its own. */
const inTrial = async (more: object = {}, resellerId = stage.resellerId): Promise<Body> =>
  stage.account((await stage.create(resellerId)).id, { plan: "trial", ...more });
const get = (id: string): Promise<Body> => stage.ok("getAccount", { params: { id } });
const patch = (id: string, body: object): Promise<Reply> => stage.call("updateAccount", { params: { id }, body });
/** Templates of the mails about an account that nobody asked for. */
const told = async ({ id }: Body): Promise<Body[]> =>
  (await stage.mailsOf("account-trial-ended", "account-trial-deleted")).filter(({ accountId }) => accountId === id);
const templates = async (account: Body): Promise<string[]> =>
  (await told(account)).map(({ matter }) => matter.template);
const timers = ({ id }: Body): Promise<(string | undefined)[]> =>
  Promise.all(
    ["account-trial-end", "account-trial-delete", "account-purge"].map(
      async (kind) => (await stage.item(`ID#${id}`, `timer#${kind}`))?.at,
    ),
  );
/** The account once its trial has been found to have ended, on the day. */
async function ended(more: object = {}, resellerId?: string): Promise<Body> {
  const account = await inTrial(more, resellerId);
  stage.goTo(account.trial.endsAt);
  await stage.sweepAccountTrials();
  return get(account.id);
}
/** A device of an account that holds a licence. */
async function device(username: string): Promise<Body> {
  const machine = { machineId: `of-${username}`, name: `PC of ${username}`, kind: "laptop", os: "Linux" };
  const proof = { username, password: goodPassword };
  const { device: made, token } = await stage.ok("enrol", { body: { ...proof, ...machine } }, { token: null });
  if (made.state === "pending") await stage.ok("approveDevice", { params: { id: made.id }, body: {} });
  return { ...made, token };
}
const backUp = (token: string): Promise<Body> => stage.ok("authorizeBackup", { body: {} }, { token });
const codes = ({ reasons }: Body): string[] => reasons.map(({ code }: { code: string }) => code);

describe("an account whose trial ends", () => {
  test("is suspended on its day, once though swept three times; its user hears when it is to be deleted", async () => {
    const account = await inTrial();
    const { endsAt } = account.trial;
    expect(account).toMatchObject({ state: "trial", trial: { daysLeft: 30, deleteAt: null } });
    stage.goTo(endsAt, -hourMs);
    await stage.sweepAccountTrials();
    expect(await get(account.id)).toMatchObject({ state: "trial", version: account.version, trial: { daysLeft: 1 } });
    stage.goTo(endsAt);
    for (let run = 0; run < 3; run += 1) await stage.sweepAccountTrials();
    const after = await get(account.id);
    expect(after).toMatchObject({ state: "suspended", active: true, version: account.version + 1, plan: "trial" });
    expect(after.trial).toMatchObject({ endsAt, daysLeft: 0 });
    expect(Math.abs(Date.parse(after.trial.deleteAt) - stage.now() - 30 * dayMs)).toBeLessThan(10_000);
    expect(await timers(account)).toEqual([undefined, after.trial.deleteAt, undefined]);
    const [mail, ...more] = await told(account);
    expect(mail).toMatchObject({
      to: { name: account.contact.name, address: account.contact.email },
      matter: { template: "account-trial-ended", endedAt: endsAt, deleteAt: after.trial.deleteAt },
    });
    expect(more).toEqual([]);
    expect(await stage.logged(account.id, "AccountTrialEnded")).toHaveLength(1);
    await stage.deliver(mail.id);
    expect(stage.arrived(mail.id)[0]?.text).toContain(account.username);
  });

  test("once when two sweeps meet, and once when it is late: the delete period counts from there", async () => {
    const account = await inTrial();
    stage.goTo(daysAfter(account.trial.endsAt, 5));
    await Promise.all([stage.sweepAccountTrials(), stage.sweepAccountTrials()]);
    await stage.sweepAccountTrials();
    expect(await templates(account)).toEqual(["account-trial-ended"]);
    expect(await stage.logged(account.id, "AccountTrialEnded")).toHaveLength(1);
    const { trial, version } = await get(account.id);
    expect(version).toBe(account.version + 1);
    expect(Math.abs(Date.parse(trial.deleteAt) - stage.now() - 30 * dayMs)).toBeLessThan(10_000);
  });

  test("may not back up from the very moment on, its sub-accounts neither, and may again on a paid plan", async () => {
    const account = await inTrial();
    const sub = await stage.subAccount(account.id);
    const devices = [await device(account.username), await device(sub.username)];
    for (const { token } of devices) expect((await backUp(token)).allowed).toBe(true);
    stage.goTo(account.trial.endsAt);
    const refused = [{ code: "trial_ended", nodeId: account.id }];
    for (const { token } of devices) expect((await backUp(token)).reasons).toMatchObject(refused);
    await stage.sweepAccountTrials();
    for (const { token } of devices) expect((await backUp(token)).reasons).toMatchObject(refused);
    expect(await get(sub.id)).toMatchObject({ state: "suspended", trial: { daysLeft: 0 } });
    // A seller's own word does not begin the trial anew.
    await patch(account.id, { active: false });
    await patch(account.id, { active: true });
    expect((await get(account.id)).state).toBe("suspended");

    const paid = await patch(account.id, { plan: "select" });
    expect(paid.body).toMatchObject({ state: "active", trial: null });
    for (const { token } of devices) expect(codes(await backUp(token))).toEqual([]);
    expect(await timers(account)).toEqual([undefined, undefined, undefined]);
    stage.advance(31 * dayMs);
    await stage.sweepAccountTrials();
    expect(await get(account.id)).toMatchObject({ state: "active", deletedAt: null });
    expect((await get(sub.id)).state).toBe("active");
    expect(await templates(account)).toEqual(["account-trial-ended"]);
  });

  test("is told nothing where its address takes no mail or mail is switched off, and is suspended all the same", async () => {
    const seller = await stage.create(stage.provider.id, { level: "reseller" });
    const silent = await inTrial({}, seller.id);
    await stage.settings(seller.id, { mail: { enabled: false } });
    const bounced = await inTrial();
    await stage.suppress(bounced.contact.email);
    stage.goTo(bounced.trial.endsAt);
    await stage.sweepAccountTrials();
    for (const account of [silent, bounced]) {
      expect(await templates(account)).toEqual([]);
      expect((await get(account.id)).state).toBe("suspended");
    }
  });

  test("has the delete period of its reseller where that has narrowed it", async () => {
    const seller = await stage.create(stage.provider.id, { level: "reseller" });
    await stage.settings(seller.id, { trial: { deleteAfterDays: 3, days: 2 } });
    const account = await ended({}, seller.id);
    expect(Math.abs(Date.parse(account.trial.endsAt) - Date.parse(daysAfter(account.createdAt, 2)))).toBeLessThan(
      1_000,
    );
    const { trialEndedAt, trialDeleteAt } = await stage.item(account.customerId, `account#/${account.id}`);
    expect([account.trial.deleteAt, trialDeleteAt]).toEqual([trialDeleteAt, daysAfter(trialEndedAt, 3)]);
    const { trial } = await stage.ok("getEffectiveSettings", { params: { id: account.customerId } });
    expect(trial.deleteAfterDays).toEqual({ value: 3, source: { id: seller.id, level: "reseller" } });
    expect(trial.extensionDays).toEqual({ value: 30, source: { id: null, level: "default" } });
    expectRefusal(
      await stage.call("updateSettings", { params: { id: seller.id }, body: { trial: { deleteAfterDays: 366 } } }),
      400,
      "invalid_request",
      "trial.deleteAfterDays",
    );
  });
});

describe("the delete period of an account", () => {
  test("ends with its deletion, once: mailed, on the report, licences given back, sub-accounts with it", async () => {
    const account = await inTrial();
    const sub = await stage.subAccount(account.id);
    const devices = [await device(account.username), await device(sub.username)];
    for (const { token } of devices) await backUp(token);
    const licences = async () => (await stage.get(account.customerId)).licences.used;
    expect(await licences()).toBe(2);
    stage.goTo(account.trial.endsAt);
    await stage.sweepAccountTrials();
    const { deleteAt } = (await get(account.id)).trial;
    stage.goTo(deleteAt, -hourMs);
    await stage.sweepAccountTrials();
    expect(await get(account.id)).toMatchObject({ state: "suspended", deletedAt: null });
    stage.goTo(deleteAt);
    await Promise.all([stage.sweepAccountTrials(), stage.sweepAccountTrials()]);
    await stage.sweepAccountTrials();
    const deleted = await get(account.id);
    expect(deleted.state).toBe("deleted");
    expect((await get(sub.id)).state).toBe("deleted");
    expect(await licences()).toBe(0);
    expect(await timers(account)).toEqual([undefined, undefined, deleted.purgeAt]);
    expect(await templates(account)).toEqual(["account-trial-ended", "account-trial-deleted"]);
    const [, mail] = await told(account);
    expect(mail.matter).toMatchObject({ deletedAt: deleted.deletedAt, purgeAt: deleted.purgeAt });
    expect(await stage.logged(account.id, "AccountDeleted")).toMatchObject([{ actor: { kind: "system" } }]);
    expect(await stage.ok("getDeletion", { params: { id: deleted.deletionId } })).toMatchObject({
      kind: "account",
      nodeId: account.id,
      state: "deleted",
      licences: 2,
      deletedBy: { kind: "system", id: null },
    });
    for (const { token } of devices) expect(codes(await backUp(token))).toContain("deleted");

    // Restored, it is suspended as before, and has its whole delete period again.
    stage.advance(5 * dayMs);
    const restored = await stage.ok("restoreAccount", { params: { id: account.id } });
    expect(restored).toMatchObject({ state: "suspended", deletedAt: null, purgeAt: null });
    expect(Math.abs(Date.parse(restored.trial.deleteAt) - stage.now() - 30 * dayMs)).toBeLessThan(10_000);
    expect(await licences()).toBe(2);
    stage.goTo(restored.trial.deleteAt, -hourMs);
    await stage.sweepAccountTrials();
    expect((await get(account.id)).state).toBe("suspended");
    stage.goTo(restored.trial.deleteAt);
    await stage.sweepAccountTrials();
    expect((await get(account.id)).state).toBe("deleted");
    expect(await licences()).toBe(0);
    expect(await templates(account)).toEqual(["account-trial-ended", "account-trial-deleted", "account-trial-deleted"]);
  });

  test("does not end while devices of the account are being moved", async () => {
    const account = await ended();
    const { documents, tableName: TableName } = stage.table;
    const move = (UpdateExpression: string, values?: object) =>
      documents.send(
        new UpdateCommand({
          TableName,
          Key: { pk: account.customerId, sk: `account#/${account.id}` },
          UpdateExpression,
          ...(values && { ExpressionAttributeValues: values }),
        }),
      );
    await move("SET moveId = :move", { ":move": "mov_1" });
    stage.goTo(account.trial.deleteAt);
    await stage.sweepAccountTrials();
    expect((await get(account.id)).state).toBe("suspended");
    await move("REMOVE moveId");
    await stage.sweepAccountTrials();
    expect((await get(account.id)).state).toBe("deleted");
  });

  test("goes on for an account that was deleted and restored by hand in the middle", async () => {
    const account = await ended();
    const confirm = { query: { confirm: account.username }, params: { id: account.id } };
    await stage.ok("deleteAccount", confirm);
    expect((await timers(account))[1]).toBeUndefined();
    stage.advance(dayMs);
    const restored = await stage.ok("restoreAccount", { params: { id: account.id } });
    expect(restored.trial.deleteAt).toBe(account.trial.deleteAt);
    expect((await timers(account))[1]).toBe(account.trial.deleteAt);
  });
});

describe("an account in a deleted branch", () => {
  test("stands still; what has come is done after the restoration", async () => {
    const account = await inTrial();
    const customer = await stage.get(account.customerId);
    await stage.remove(customer);
    const key = `account#/${account.id}`;
    const before = await stage.item(customer.id, key);
    stage.goTo(account.trial.endsAt);
    await stage.sweepAccountTrials();
    expect(await stage.item(customer.id, key)).toEqual(before);
    expect(Date.parse(String((await timers(account))[0]))).toBeGreaterThan(stage.now());
    // 30 days of grace have begun with the deletion, and are not over.
    stage.advance(-hourMs);
    await stage.ok("restoreCustomer", { params: { id: customer.id } });
    stage.advance(8 * hourMs);
    await stage.sweepAccountTrials();
    expect((await get(account.id)).state).toBe("suspended");
    expect(await templates(account)).toEqual(["account-trial-ended"]);
  });

  test("that is restored has its whole delete period again, and waits for it in no sweep's way", async () => {
    const account = await ended();
    const customer = await stage.get(account.customerId);
    stage.goTo(account.trial.deleteAt, -dayMs);
    await stage.remove(customer);
    stage.goTo(account.trial.deleteAt);
    await stage.sweepAccountTrials();
    expect((await get(account.id)).deletedAt).toBeNull();
    stage.advance(7 * hourMs);
    await stage.ok("restoreCustomer", { params: { id: customer.id } });
    const restoredAt = stage.now();
    await stage.sweepAccountTrials();
    expect((await get(account.id)).state).toBe("suspended");
    const [, due = ""] = await timers(account);
    expect((await get(account.id)).trial.deleteAt).toBe(due);
    expect(Math.abs(Date.parse(due) - restoredAt - 30 * dayMs)).toBeLessThan(10_000);
    expect((await stage.sweepAccountTrials()).deletions).toEqual({ done: 0, left: 0 });
    stage.goTo(due);
    await stage.sweepAccountTrials();
    expect((await get(account.id)).state).toBe("deleted");
  });
});

test("all that has happened to accounts and their timers is consistent", async () => {
  expect(accountComplaints(await dump(stage.table))).toEqual([]);
});
