import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { emailReportsId } from "../../../shared/domain/reports/email-reports.ts";
import { openTableStream, type TableRecord } from "../../fleet/table-stream.ts";
import { dayMs } from "../../functions/stages/book.ts";
import { buildEstate } from "../../functions/stages/estate.ts";
import { type Enrolled, type Fleet, openFleet, type Proof } from "../../functions/stages/fleet.ts";
import { answers, startReceiver } from "../../functions/stages/receiver.ts";
import { goodPassword } from "../../functions/stages/post.ts";
import { consumeUsage, settleStream } from "../../functions/stages/settle.ts";
import { endTasks, workAt } from "../../functions/stages/tasks.ts";
import { dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { withoutProof } from "./prover.ts";
import { openRecord } from "./record.ts";

/* What the examples of the operations do not come to: their other branches, moves, and the jobs. */

type Body = Reply["body"];
const hourMs = 3_600_000;

let fleet: Fleet;
let stream: { next: () => Promise<TableRecord[]> };
/** After how many transactions whoever works dies: nothing that he sends then reaches the table. */
let diesAfter = Number.POSITIVE_INFINITY;
const record = openRecord("scenes");
const conditionsOf = (what: string, work: () => Promise<unknown>) => record(fleet, what, work);
beforeAll(async () => {
  fleet = await openFleet();
  const whole = await openTableStream(fleet.table);
  stream = { next: async () => withoutProof(await whole.next()) };
  fleet.runtime.client.middlewareStack.add(
    (next, context) => (args) => {
      if (String(context["commandName"]) === "TransactWriteItemsCommand") diesAfter -= 1;
      if (diesAfter < 0) throw new Error("killed");
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "killed" },
  );
  const deletion = { customersPerHour: 10_000 };
  await fleet.ok("updateSettings", { params: { id: fleet.provider.id }, body: { deletion } });
  return () => whole.close();
});

const at = (id: string) => ({ params: { id } });
async function enrolled(proof: Proof, more: object = {}): Promise<Enrolled> {
  const { status, body } = await fleet.enrol(proof, more);
  expect(status).toBeLessThan(300);
  return { ...body.device, token: body.token };
}
const backUp = async (device: { token: string }): Promise<void> =>
  expect((await fleet.backup(device)).body.reasons).toEqual([]);
/** A customer with pools of its own at every level, and its key. */
async function pooled(more: object = {}): Promise<{ id: string; resellerId: string; proof: Proof }> {
  const poolsOf = (share: number) => ({
    licences: { limit: 25 * share },
    space: { limitBytes: 500_000 * share },
    deviceLimit: 25 * share,
  });
  const reseller = await fleet.create(fleet.provider.id, { level: "reseller", ...poolsOf(4) });
  const { id } = await fleet.create(reseller.id, { autoAuthorize: true, ...poolsOf(2), ...more });
  const { token: enrolmentKey } = await fleet.enrolmentKey(id);
  return { id, resellerId: reseller.id, proof: { enrolmentKey } };
}

describe("the portal", () => {
  test("an account that logs in, changes its quota and its password, and logs out", async () => {
    const { id } = await pooled();
    const { id: accountId, username } = await fleet.login({ customerId: id, plan: "basic" });
    let token = "";
    await conditionsOf("log in by an account", async () => {
      const body = { username, password: goodPassword };
      token = (await fleet.ok("login", { body }, { token: null })).token;
    });
    await conditionsOf("change the quota in the portal", () =>
      fleet.ok("updateAccount", { ...at(accountId), body: { userQuotaBytes: 400_000 } }, { token }),
    );
    const body = { password: goodPassword, newPassword: "a harbour full of cranes" };
    await conditionsOf("change the password in the portal", () => fleet.ok("changeOwnPassword", { body }, { token }));
    await conditionsOf("log out of the portal", () => fleet.ok("logout", {}, { token }));
  });
});

describe("devices", () => {
  test("a computer that enrols by a key, by a login, again, and under a known name", async () => {
    const { id, proof } = await pooled();
    await conditionsOf("enrol the first of a customer", () => enrolled(proof));
    const second = fleet.machine();
    await conditionsOf("enrol with an account of its own", () => enrolled(proof, second));
    await conditionsOf("enrol again", () => enrolled(proof, second));
    await conditionsOf("enrol under a known name", () => enrolled(proof, { name: second.name }));
    const { username } = await fleet.login({ customerId: id, plan: "basic" });
    await conditionsOf("enrol by a login", () => enrolled({ username, password: goodPassword }));
    await conditionsOf("enrol by a key with a use left", async () => {
      const { token: enrolmentKey } = await fleet.enrolmentKey(id, { maxUses: 2 });
      await enrolled({ enrolmentKey });
    });
    const { token: ofReseller } = await fleet.enrolmentKey(fleet.resellerId);
    await conditionsOf("enrol at the Default Customer by a key of the reseller", () =>
      enrolled({ enrolmentKey: ofReseller }),
    );
  });

  test("one that waits, and is approved in each way", async () => {
    const { id, proof } = await pooled({ autoAuthorize: false });
    let waiting: Enrolled | undefined;
    await conditionsOf("enrol and wait", async () => (waiting = await enrolled(proof)));
    await conditionsOf("approve with an account of its own", () =>
      fleet.ok("approveDevice", { ...at(String(waiting?.id)), body: {} }),
    );
    const { id: accountId, username } = await fleet.login({ customerId: id, plan: "basic" });
    const { id: other } = await enrolled(proof);
    await conditionsOf("approve in a named account", () =>
      fleet.ok("approveDevice", { ...at(other), body: { accountId } }),
    );
    const { id: third } = await enrolled({ username, password: goodPassword });
    await conditionsOf("approve in the account it came with", () =>
      fleet.ok("approveDevice", { ...at(third), body: {} }),
    );
  });

  test("a licence that is drawn, and all that gives it back and takes it again", async () => {
    const { id, proof } = await pooled();
    const device = await enrolled(proof);
    await conditionsOf("draw a licence", () => backUp(device));
    await conditionsOf("delete a licensed device", () =>
      fleet.ok("deleteDevice", { ...at(device.id), query: { confirm: device.name } }),
    );
    await conditionsOf("restore a licensed device", () => fleet.ok("restoreDevice", at(device.id)));
    const { username } = await fleet.ok("getAccount", at(device.accountId));
    await conditionsOf("delete an account with a licensed device", () =>
      fleet.ok("deleteAccount", { ...at(device.accountId), query: { confirm: username } }),
    );
    await conditionsOf("restore an account with a licensed device", () =>
      fleet.ok("restoreAccount", at(device.accountId)),
    );
    const other = await enrolled(proof);
    await backUp(other);
    const { username: second } = await fleet.ok("getAccount", at(other.accountId));
    await conditionsOf("delete a sub-account with a licensed device", () =>
      fleet.ok("deleteAccount", { ...at(other.accountId), query: { confirm: second } }),
    );
    const { name } = await fleet.get(id);
    await conditionsOf("delete a customer with pools", () =>
      fleet.ok("deleteCustomer", { ...at(id), query: { confirm: name } }),
    );
    await conditionsOf("restore a customer with pools", () => fleet.ok("restoreCustomer", at(id)));
  });

  test("one that replaces another, in its account and from another", async () => {
    const { id, proof } = await pooled();
    const two = async (): Promise<[Enrolled, Enrolled]> => {
      const pair: [Enrolled, Enrolled] = [await enrolled(proof), await enrolled(proof)];
      for (const one of pair) await fleet.ownSet(one);
      for (const one of pair) await backUp(one);
      return pair;
    };
    const [older, newer] = await two();
    await conditionsOf("replace from another account", () =>
      fleet.ok("replaceDevice", { ...at(older.id), body: { by: newer.id } }),
    );
    const { username } = await fleet.login({ customerId: id, plan: "basic" });
    const login = { username, password: goodPassword };
    const [first, second] = [await enrolled(login), await enrolled(login)];
    await fleet.ownSet(first);
    await conditionsOf("replace in the same account", () =>
      fleet.ok("replaceDevice", { ...at(first.id), body: { by: second.id } }),
    );
  });

  test("a superseded token, and both ways to settle it", async () => {
    const { proof } = await pooled();
    const copied = async () => {
      const machine = fleet.machine();
      const [one, clone] = [await enrolled(proof, machine), await enrolled(proof, machine)];
      return { one, clone, call: () => fleet.call("listOwnBackupSets", {}, { token: one.token }) };
    };
    const first = await copied();
    await conditionsOf("call with a superseded token", first.call);
    await conditionsOf("keep one computer", () =>
      fleet.ok("resolveIdentity", { ...at(first.clone.id), body: { keep: "current" } }),
    );
    const second = await copied();
    await second.call();
    await conditionsOf("keep both computers", () =>
      fleet.ok("resolveIdentity", { ...at(second.clone.id), body: { keep: "both" } }),
    );
  });

  test("a limit where there was none, raised, lowered and taken away, over devices that exist", async () => {
    const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
    const { id } = await fleet.create(reseller.id, { autoAuthorize: true });
    const { token: enrolmentKey } = await fleet.enrolmentKey(id);
    for (let nth = 0; nth < 2; nth += 1) await enrolled({ enrolmentKey });
    const limit = (of: string, deviceLimit: number | null) => fleet.patch(of, { deviceLimit });
    await conditionsOf("first limit of devices", () => limit(reseller.id, 9));
    await conditionsOf("first limit below one", () => limit(id, 5));
    await conditionsOf("another limit of devices", () => limit(id, 3));
    await conditionsOf("no limit of devices", () => limit(reseller.id, null));
  });
});

describe("customers", () => {
  test("one with an allotment, a reference and a trial, that is changed in every way", async () => {
    const { resellerId } = await pooled();
    let made: Body;
    const more = { space: { limitBytes: 500 }, licences: { limit: 5 }, externalRef: "A-1", inTrial: true };
    await conditionsOf("create with everything", async () => (made = await fleet.create(resellerId, more)));
    await conditionsOf("rename, with another reference", () =>
      fleet.patch(made.id, { name: fleet.freshName(), externalRef: "A-2" }),
    );
    await conditionsOf("other allotments", () =>
      fleet.patch(made.id, { space: { limitBytes: 600 }, licences: { limit: 4 } }),
    );
    await conditionsOf("switch its reports on", () => fleet.patch(made.id, { emailReports: true }));
    await conditionsOf("another address of its reports", () => fleet.patch(made.id, { email: "new@example.com" }));
    await conditionsOf("end its reports", () =>
      fleet.ok("deleteReportSubscription", { params: { id: emailReportsId(made.id) } }),
    );
    await conditionsOf("create a reseller", () => fleet.create(fleet.provider.id, { level: "reseller" }));
    const { id } = await fleet.create(fleet.provider.id, { level: "reseller", servicesToProvide: ["software-only"] });
    await conditionsOf("another service type", () =>
      fleet.patch(id, { servicesToProvide: ["all-inclusive", "software-only"] }),
    );
  });

  test("the first and the second deletion of an hour, and a change that is sent with an idempotency key", async () => {
    // Both fall into one hour of the clock.
    fleet.advance(hourMs - (fleet.now() % hourMs));
    const { token } = await fleet.key(fleet.resellerId, "admin");
    const [one, other] = [await fleet.customer(), await fleet.customer()];
    const remove = ({ id, name }: Body) =>
      fleet.ok("deleteCustomer", { ...at(id), query: { confirm: name } }, { token });
    await conditionsOf("delete a first customer", () => remove(one));
    await conditionsOf("delete a second customer", () => remove(other));
    const headers = { "idempotency-key": "once" };
    await conditionsOf("change with an idempotency key", () =>
      fleet.ok("createCustomer", { body: fleet.input({ parentId: fleet.resellerId }) }, { headers }),
    );
  });

  test("a service plan that is new, and wrong passwords that are counted", async () => {
    const body = { name: "Gold", rights: { openFileBackupOnServers: true, versioning: true } };
    await conditionsOf("add a service plan", () => fleet.ok("putPlan", { params: { code: "gold" }, body }));
    const { username } = await fleet.login();
    // So that the window of whatever attempts there were before is over, however fast they were made.
    fleet.advance(16 * 60_000);
    const wrong = () =>
      fleet.call("enrol", { body: { username, password: "wrong", ...fleet.machine() } }, { token: null });
    await conditionsOf("a first wrong password", wrong);
    await conditionsOf("a second wrong password", wrong);
    fleet.advance(16 * 60_000);
    await conditionsOf("a wrong password in another window", wrong);
  });

  test("links that are rebuilt", async () => {
    const { id } = await fleet.create(fleet.provider.id, { level: "distributor" });
    await fleet.create(id, { level: "reseller", name: fleet.freshName("Äpfel") });
    const { documents, tableName: TableName } = fleet.table;
    for (const item of await dump(fleet.table)) {
      if (item.pk !== id || item["kind"] !== "link" || !item.sk.startsWith("customer#")) continue;
      await documents.send(
        new PutCommand({
          TableName,
          Item: { ...item, sk: `customer#${item.sk.slice(item.sk.indexOf("\u0002") + 1)}` },
        }),
      );
      await documents.send(new DeleteCommand({ TableName, Key: { pk: item.pk, sk: item.sk } }));
    }
    const gone = { id: `cus_${"0".repeat(26)}`, sk: `customer#gone\u0001cus_${"0".repeat(26)}` };
    const known = (await dump(fleet.table)).find(({ pk, sk }) => pk === id && sk.startsWith("customer#"));
    await documents.send(new PutCommand({ TableName, Item: { ...known, ...gone } }));
    await conditionsOf("rebuild links", () => fleet.invoke("functions/setup/rebuild-links.ts", { customerId: id }));
  });

  test("one that is moved with its allotments, reference and devices", async () => {
    const { id, proof } = await pooled({ externalRef: "moves" });
    const device = await enrolled(proof);
    await backUp(device);
    const site = await fleet.create(id);
    const target = await pooled();
    await settleStream(fleet, stream);
    await conditionsOf("move", () =>
      fleet.ok("moveCustomer", { params: { id }, body: { parentId: target.resellerId } }),
    );
    await conditionsOf("mend the hint of a customer", () => fleet.get(site.id));
    await conditionsOf("mend the hint of a device", () => fleet.getDevice(device.id));
  });
});

describe("accounts", () => {
  test("a first, a further and a sub-account, and every change of them", async () => {
    const { id } = await fleet.customer();
    const contact = { name: "Ann", email: "ann@example.com" };
    const create = (more: object) =>
      fleet.ok("createAccount", { body: { username: fleet.freshLogin(), password: goodPassword, ...more } });
    let parent: Body;
    await conditionsOf("create a parent account", async () => {
      parent = await create({ customerId: id, plan: "select", contact });
    });
    await conditionsOf("create a parent account with a known contact", () =>
      create({ customerId: id, plan: "basic", contactId: parent.contactId }),
    );
    let sub: Body;
    await conditionsOf("create a sub-account", async () => (sub = await create({ parentAccountId: parent.id })));
    const change = (of: Body, body: object) => fleet.ok("updateAccount", { ...at(of.id), body });
    await conditionsOf("another user name", () => change(parent, { username: fleet.freshLogin() }));
    await conditionsOf("another plan", () => change(parent, { plan: "trial" }));
    const other = await fleet.ok("createContact", { body: { customerId: id, ...contact, email: "bob@example.com" } });
    await conditionsOf("another contact", () => change(sub, { contactId: other.id }));
    await conditionsOf("another address of a contact", () =>
      fleet.ok("updateContact", { ...at(other.id), body: { email: "cleo@example.com" } }),
    );
  });
});

describe("moves of accounts and devices", () => {
  interface Moving {
    account: Body;
    sub: Enrolled;
    from: string;
    to: string;
  }
  /** An account with two sub-accounts, of which one shares its contact with somebody who stays, each with a device that has data; and a customer to go to. */
  async function moving(): Promise<Moving> {
    const [from, to] = [await pooled(), await pooled()];
    const account = await fleet.login({ customerId: from.id });
    const { contactId } = account;
    await fleet.login({ customerId: from.id, plan: "basic", contact: undefined, contactId });
    const devices = [await enrolled({ username: account.username, password: goodPassword })];
    for (const contact of [{ contactId }, { contact: { name: "Bo", email: "bo@example.com" } }]) {
      const body = { parentAccountId: account.id, username: fleet.freshLogin(), password: goodPassword, ...contact };
      const { username } = await fleet.ok("createAccount", { body });
      devices.push(await enrolled({ username, password: goodPassword }));
    }
    const measuredAt = fleet.at(-1);
    for (const device of devices) {
      await fleet.ownSet(device);
      await backUp(device);
      await fleet.ok("reportUsage", { body: { usedBytes: 10, measuredAt } }, { token: device.token });
    }
    await settleStream(fleet, stream);
    const [, , sub] = devices;
    if (!sub) throw new Error("There are three.");
    return { account, sub, from: from.id, to: to.id };
  }
  const begin = async ({ account, to }: Moving): Promise<{ task: Body; records: TableRecord[] }> => {
    await stream.next();
    const task = await fleet.ok("moveAccounts", { body: { ids: [account.id], customerId: to } });
    return { task, records: await stream.next() };
  };
  /** Works at a task until the account has gone, and nothing else. */
  async function die(records: readonly TableRecord[]): Promise<void> {
    const log = vi.spyOn(fleet.runtime.logger, "error").mockImplementation(() => undefined);
    // The second takes the account there; the first takes the task.
    diesAfter = 2;
    await workAt(fleet, records);
    diesAfter = Number.POSITIVE_INFINITY;
    log.mockRestore();
  }
  const sweep = (): Promise<unknown> => {
    fleet.advance(10 * 60_000);
    return fleet.invoke("functions/schedule/sweep-tasks.ts", {});
  };
  const arrived = async ({ sub, to, from }: Moving, task: Body, status: string): Promise<void> => {
    expect(await fleet.ok("getTask", at(task.id))).toMatchObject({ status });
    expect(await fleet.getDevice(sub.id)).toMatchObject({ customerId: to });
    for (const id of [from, to]) expect(await fleet.item(id, "transit")).toBeUndefined();
  };

  test("an account that goes in several steps, with sub-accounts and a contact that others use too", async () => {
    const stage = await moving();
    const { task, records } = await begin(stage);
    await conditionsOf("move an account in several steps", () => workAt(fleet, records));
    await arrived(stage, task, "succeeded");
  });

  test("one whose worker has died, and that the sweep goes on with, for its task or without it", async () => {
    const one = await moving();
    const first = await begin(one);
    await die(first.records);
    await conditionsOf("go on with the task of a move", sweep);
    await arrived(one, first.task, "succeeded");
    const other = await moving();
    const second = await begin(other);
    await die(second.records);
    await fleet.ok("cancelTask", at(second.task.id));
    await conditionsOf("go on with a move whose task was cancelled", sweep);
    // Its only row had begun, so it was finished.
    await arrived(other, second.task, "succeeded");
  });

  test("what is on its way, and is changed before the worker comes to it", async () => {
    const stage = await moving();
    const { task, records } = await begin(stage);
    await die(records);
    await conditionsOf("bring a device along with its sub-account", () => backUp(stage.sub));
    const { items } = await fleet.ok("listAccounts", { query: { customerId: stage.to } });
    const { id } = items.find((one: Body) => one.id !== stage.account.id && one.id !== stage.sub.accountId);
    await conditionsOf("bring a sub-account along", () =>
      fleet.ok("updateAccount", { ...at(id), body: { hardQuotaBytes: 1_000 } }),
    );
    await sweep();
    await arrived(stage, task, "succeeded");
  });

  test("an account that goes at once, and becomes a sub-account there", async () => {
    const [from, to] = [await pooled(), await pooled()];
    const account = await fleet.login({ customerId: from.id });
    await fleet.login({ customerId: to.id });
    const device = await enrolled({ username: account.username, password: goodPassword });
    await fleet.ownSet(device);
    await backUp(device);
    await stream.next();
    const body = { ids: [account.id], customerId: to.id, onSamePlan: "sub-account" };
    await fleet.ok("moveAccounts", { body });
    await conditionsOf("move an account at once", () => endTasks(fleet, stream));
    expect(await fleet.getDevice(device.id)).toMatchObject({ customerId: to.id });
  });

  test("a device that goes to another account, of its customer and of another", async () => {
    const [from, to] = [await pooled(), await pooled()];
    const [first, second, third] = [
      await fleet.login({ customerId: from.id }),
      await fleet.login({ customerId: from.id, plan: "basic" }),
      await fleet.login({ customerId: to.id }),
    ];
    const device = await enrolled({ username: first.username, password: goodPassword });
    await fleet.ownSet(device);
    await backUp(device);
    const move = async (what: string, accountId: string): Promise<void> => {
      await stream.next();
      await fleet.ok("moveDevices", { body: { ids: [device.id], accountId } });
      await conditionsOf(what, () => endTasks(fleet, stream));
      expect(await fleet.getDevice(device.id)).toMatchObject({ accountId });
    };
    await move("move a device to another account", second.id);
    await move("move a device to another customer", third.id);
    await move("move a device back to its data", first.id);
  });
});

describe("merges", () => {
  test("a customer that is merged with all that it has, and is there again once that is undone; and an account that is split off", async () => {
    await fleet.ok("updateSettings", { ...at(fleet.provider.id), body: { moves: { mergeAndSplit: true } } });
    const { id: to, resellerId } = await pooled();
    // The reseller has some left for the customer that is split off.
    const more = { licences: { limit: 40 }, space: { limitBytes: 900_000 }, deviceLimit: 40 };
    const { id: from } = await fleet.create(resellerId, { autoAuthorize: true, ...more });
    const lead = await fleet.login({ customerId: from });
    await fleet.login({ customerId: to });
    const body = { parentAccountId: lead.id, username: fleet.freshLogin(), password: goodPassword };
    const sub = await fleet.ok("createAccount", { body });
    for (const { username } of [lead, sub]) {
      const device = await enrolled({ username, password: goodPassword });
      await backUp(device);
      await fleet.ok("reportUsage", { body: { usedBytes: 10, measuredAt: fleet.at(-1) } }, { token: device.token });
    }
    const email = "cy@example.com";
    const contact = await fleet.ok("createContact", { body: { customerId: from, name: "Cy", email } });
    const weekly = { kind: "watchlist", frequency: "weekly", weekday: 1, hour: 6, recipients: [{ email }] };
    await fleet.ok("createReportSubscription", { body: { customerId: from, ...weekly } });
    const service = { name: "Support", unitPrice: { amount: 1, currency: "EUR" } };
    await fleet.ok("createService", { body: { customerId: from, ...service } });
    for (const make of [fleet.key, fleet.enrolmentKey]) await make(from);
    await settleStream(fleet, stream);
    const standsAt = async (id: string): Promise<void> => {
      for (const account of [lead, sub])
        expect(await fleet.ok("getAccount", at(account.id))).toMatchObject({ customerId: id });
      expect(await fleet.ok("getContact", at(contact.id))).toMatchObject({ customerId: id });
    };
    const done = async (task: Body, what: string): Promise<void> => {
      const told: TableRecord[] = [];
      const next = async (): Promise<TableRecord[]> => {
        const records = await stream.next();
        told.push(...records);
        return records;
      };
      await conditionsOf(what, () => endTasks(fleet, { next }));
      await consumeUsage(fleet, told);
      expect(await fleet.ok("getTask", at(task.id))).toMatchObject({ status: "succeeded" });
      await settleStream(fleet, stream);
    };
    const merge = { ...at(to), body: { fromCustomerId: from, quotas: "sum" } };
    const merged = await fleet.ok("mergeCustomer", merge);
    await done(merged, "merge a customer into another");
    await standsAt(to);
    await done(await fleet.ok("undoTask", at(merged.id)), "undo a merge");
    await standsAt(from);
    const split = { ...at(from), body: { accountIds: [lead.id], customer: fleet.input() } };
    const { customer, task } = await fleet.ok("splitCustomer", split);
    await done(task, "split an account off");
    expect(await fleet.ok("getAccount", at(sub.id))).toMatchObject({ customerId: customer.id });
    await done(await fleet.ok("undoTask", at(task.id)), "undo a split");
    await standsAt(from);
  });
});

describe("jobs", () => {
  const job = (file: string, payload: unknown = {}) => fleet.invoke(`functions/${file}.ts`, payload);
  const settle = () => settleStream(fleet, stream);
  const recordsOf = async (kind: string): Promise<TableRecord[]> =>
    (await stream.next()).filter(
      ({ dynamodb: { NewImage, OldImage } }) => (NewImage ?? OldImage)?.["kind"]?.S === kind,
    );

  test("usage that is added up, once for the first time and once more", async () => {
    const { proof } = await pooled();
    const device = await enrolled(proof);
    const report = async (usedBytes: number) => {
      const body = { usedBytes, measuredAt: fleet.at() };
      await fleet.ok("reportUsage", { body }, { token: device.token });
    };
    for (const usedBytes of [100, 900]) {
      await report(usedBytes);
      const nth = usedBytes === 100 ? "first" : "later";
      await conditionsOf(`roll up the ${nth} usage of a customer`, async () =>
        consumeUsage(fleet, await recordsOf("device")),
      );
      await conditionsOf(`roll up the ${nth} totals of a customer`, async () =>
        consumeUsage(fleet, await recordsOf("customer")),
      );
      await settle();
    }
  });

  test("thresholds that are crossed, and crossed again", async () => {
    const { proof, id } = await pooled();
    const device = await enrolled(proof);
    const watch = (usedBytes: number) => async () => {
      const body = { usedBytes, measuredAt: fleet.at() };
      await fleet.ok("reportUsage", { body }, { token: device.token });
      await consumeUsage(fleet, await recordsOf("device"));
      const Records = (await recordsOf("customer")).filter(({ dynamodb }) => dynamodb.NewImage?.["id"]?.S === id);
      await job("stream/watch-thresholds", { Records });
    };
    await settle();
    await conditionsOf("tell a threshold for the first time", watch(850_000));
    await conditionsOf("tell another threshold", watch(950_000));
  });

  test("moves that sellers hear of", async () => {
    const [one, other] = [await fleet.customer(), await fleet.create(fleet.provider.id, { level: "reseller" })];
    await stream.next();
    await fleet.ok("moveCustomer", { ...at(one.id), body: { parentId: other.id } });
    const Records = await recordsOf("log");
    await conditionsOf("note a move", () => job("stream/note-moves", { Records: structuredClone(Records) }));
    fleet.advance(11 * 60_000);
    await conditionsOf("tell of moves", () => job("schedule/sweep-reports"));
  });

  test("log entries that are filed with the levels above, by the stream and by the sweep", async () => {
    fleet.advance(16 * 60_000);
    await job("schedule/sweep-log-copies");
    await stream.next();
    await fleet.customer();
    await conditionsOf("file log entries", async () =>
      job("stream/file-log-entries", { Records: await recordsOf("log") }),
    );
    await fleet.customer();
    fleet.advance(16 * 60_000);
    await conditionsOf("sweep log copies", () => job("schedule/sweep-log-copies"));
  });

  test("events that are delivered by calls and by mail, again, and no longer", async () => {
    process.env["WEBHOOK_LOOPBACK"] = "true";
    const receiver = await startReceiver();
    const customer = await fleet.customer();
    const made = { customerId: customer.id, name: "Hook", filter: { types: ["CustomerUpdated"] } };
    const actions = [
      { kind: "webhook", url: receiver.url },
      { kind: "mail", recipients: ["duty@example.com"] },
    ];
    const handlers: string[] = [];
    for (const action of actions)
      handlers.push((await fleet.ok("createEventHandler", { body: { ...made, action } })).id);
    const filed = async (what: string): Promise<TableRecord[]> => {
      await stream.next();
      await fleet.ok("updateCustomer", { ...at(customer.id), body: { phone: what } });
      const Records = await recordsOf("log");
      await conditionsOf(what, () => job("stream/file-log-entries", { Records: structuredClone(Records) }));
      return recordsOf("event-lane");
    };
    const woken = await filed("make deliveries");
    await conditionsOf("deliver by call and by mail", () => job("stream/deliver-events", { Records: woken }));
    receiver.behave(answers(410));
    const again = await filed("make the next deliveries");
    await conditionsOf("try in vain, and disable a handler", () => job("stream/deliver-events", { Records: again }));
    await stream.next();
    await fleet.ok("deleteEventHandler", at(String(handlers[1])));
    const gone = await recordsOf("event-lane");
    await conditionsOf("remove what a handler leaves", () => job("stream/deliver-events", { Records: gone }));
  });

  test("keys that expire, and trials that come to their end", async () => {
    // At noon, with all nights before it written: how many days are over after two more does not depend on when the tests began.
    const toMidnight = dayMs - (Date.parse(fleet.at(0)) % dayMs);
    fleet.advance(toMidnight + 12 * hourMs);
    await job("schedule/sweep-ledger");
    const expiresAt = fleet.at(dayMs);
    const body = { customerId: fleet.resellerId, role: "viewer", name: "Short", expiresAt };
    await fleet.ok("createApiKey", { body });
    fleet.advance(2 * dayMs);
    await conditionsOf("sweep expired keys", () => job("schedule/sweep-expired-keys"));
    await conditionsOf("sweep nights of the ledger", () => job("schedule/sweep-ledger"));
    await fleet.customer({ inTrial: true });
    fleet.advance(24 * dayMs);
    await conditionsOf("sweep notices of trials", () => job("schedule/sweep-trials"));
    fleet.advance(30 * dayMs);
    await conditionsOf("sweep ends of trials", () => job("schedule/sweep-trials"));
    await fleet.login({ plan: "trial" });
    fleet.advance(31 * dayMs);
    await conditionsOf("sweep ends of account trials", () => job("schedule/sweep-account-trials"));
    fleet.advance(61 * dayMs);
    await conditionsOf("sweep deletions after account trials", () => job("schedule/sweep-account-trials"));
  });

  test("counters that are put right", async () => {
    const { id, proof, resellerId } = await pooled();
    await backUp(await enrolled(proof));
    await settle();
    const change = (pk: string, UpdateExpression: string, ExpressionAttributeValues: Record<string, unknown>) =>
      fleet.table.documents.send(
        new UpdateCommand({
          TableName: fleet.table.tableName,
          Key: { pk, sk: "@" },
          UpdateExpression,
          ExpressionAttributeValues,
        }),
      );
    const set = (pk: string, counter: string, sk = "@") =>
      fleet.table.documents.send(
        new UpdateCommand({
          TableName: fleet.table.tableName,
          Key: { pk, sk },
          UpdateExpression: "SET #c = :v",
          ExpressionAttributeNames: { "#c": counter },
          ExpressionAttributeValues: { ":v": 7 },
        }),
      );
    for (const counter of ["usedBytes", "deviceCount", "licencesUsed", "deviceDrawn"]) await set(id, counter);
    const unlimited = await fleet.create(resellerId, { autoAuthorize: true });
    const { token: enrolmentKey } = await fleet.enrolmentKey(unlimited.id);
    await enrolled({ enrolmentKey });
    await settle();
    await change(unlimited.id, "SET devicesCounted = :v REMOVE devicesCountedAbove", { ":v": true });
    await fleet.table.documents.send(
      new DeleteCommand({ TableName: fleet.table.tableName, Key: { pk: resellerId, sk: `totals#${unlimited.id}` } }),
    );
    const recount = () => job("setup/recount-usage", { customerId: resellerId, repair: true });
    // What a recount waits for is brought by the stream.
    const brought = async (work: () => Promise<unknown>): Promise<void> => {
      let done = false;
      const working = work().finally(() => (done = true));
      while (!done) {
        await settle();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await working;
    };
    await conditionsOf("put counters right", () => brought(recount));
  });

  test("purges of a device, an account and a branch with everything in it", async () => {
    const { proof } = await pooled();
    const [device, other] = [await enrolled(proof), await enrolled(proof)];
    for (const one of [device, other]) await fleet.ownSet(one);
    for (const [one, usedBytes] of [
      [device, 5],
      [other, 6],
    ] as const)
      await fleet.ok("reportUsage", { body: { usedBytes, measuredAt: fleet.at() } }, { token: one.token });
    await settle();
    const sweep = () => job("schedule/sweep-purges");
    const later = async (): Promise<void> => {
      await settle();
      fleet.advance(31 * dayMs);
    };
    // What was deleted before has its own time.
    fleet.advance(31 * dayMs);
    for (let nth = 0; nth < 4; nth += 1) await sweep();
    await fleet.ok("deleteDevice", { ...at(device.id), query: { confirm: device.name } });
    await later();
    await conditionsOf("purge a device", sweep);
    const { username } = await fleet.ok("getAccount", at(other.accountId));
    await fleet.ok("deleteAccount", { ...at(other.accountId), query: { confirm: username } });
    await later();
    await conditionsOf("purge an account", sweep);
    const unknown = await fleet.create(fleet.provider.id, { level: "reseller", externalRef: fleet.freshName() });
    await fleet.ok("deleteCustomer", { ...at(unknown.id), query: { confirm: unknown.name } });
    fleet.advance(31 * dayMs);
    await conditionsOf("purge a customer whose parent knows nothing of it", sweep);
    const estate = await buildEstate(fleet, { customers: 2, accountsEach: 2, devicesEach: 1, setsEach: 1 });
    const { name } = estate.reseller;
    const [early] = estate.devices;
    await fleet.ok("deleteDevice", { ...at(early.id), query: { confirm: early.name } });
    await later();
    await sweep();
    await settle();
    await fleet.ok("deleteCustomer", { ...at(estate.reseller.id), query: { confirm: name } });
    await later();
    await conditionsOf("purge a branch", async () => {
      for (let nth = 0; nth < 4; nth += 1) await sweep();
    });
    expect((await dump(fleet.table)).filter(({ pk }) => pk === estate.reseller.id)).toEqual([]);
  });
});
