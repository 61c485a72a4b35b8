import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { emailReportsId } from "../../../shared/domain/reports/email-reports.ts";
import { openTableStream, type TableRecord } from "../../fleet/table-stream.ts";
import { dayMs } from "../../functions/stages/book.ts";
import { buildEstate } from "../../functions/stages/estate.ts";
import { type Enrolled, type Fleet, openFleet, type Proof } from "../../functions/stages/fleet.ts";
import { goodPassword } from "../../functions/stages/post.ts";
import { consumeUsage, settleStream } from "../../functions/stages/settle.ts";
import { dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { withoutProof } from "./prover.ts";
import { openRecord } from "./record.ts";

/* What the examples of the operations do not come to: their other branches, moves, and the jobs. */

type Body = Reply["body"];
const hourMs = 3_600_000;

let fleet: Fleet;
let stream: { next: () => Promise<TableRecord[]> };
const record = openRecord("scenes");
const conditionsOf = (what: string, work: () => Promise<unknown>) => record(fleet, what, work);
beforeAll(async () => {
  fleet = await openFleet();
  const whole = await openTableStream(fleet.table);
  stream = { next: async () => withoutProof(await whole.next()) };
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

  test("keys that expire, and trials that come to their end", async () => {
    const expiresAt = fleet.at(dayMs);
    const body = { customerId: fleet.resellerId, role: "viewer", name: "Short", expiresAt };
    await fleet.ok("createApiKey", { body });
    fleet.advance(2 * dayMs);
    await conditionsOf("sweep expired keys", () => job("schedule/sweep-expired-keys"));
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
