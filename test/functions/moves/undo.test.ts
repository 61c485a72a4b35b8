import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dayMs, expectRefusal, gigabyte } from "../stages/book.ts";
import type { Fleet } from "../stages/fleet.ts";
import { type Moving, openMoving, rowsOf } from "../stages/moving.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;

let fleet: Moving;
beforeAll(async () => {
  fleet = await openMoving();
  await fleet.ok("updateSettings", {
    params: { id: fleet.provider.id },
    body: { moves: { mergeAndSplit: true } },
  });
});
afterAll(() => fleet.close());

const undo = (id: string) => fleet.call("undoTask", { params: { id } });
const begun = (operation: Parameters<Fleet["call"]>[0], input: object) => fleet.call(operation, input as never);
/** Moves something, and says which task that was. */
async function moved(operation: Parameters<Fleet["call"]>[0], input: object): Promise<string> {
  const task = await fleet.ended(await begun(operation, input));
  expect(new Set(rowsOf(task))).toEqual(new Set(["succeeded"]));
  return task.id;
}

describe("a task that is undone", () => {
  test("puts customers and devices back to where each of them was", async () => {
    const sellers: Body[] = [];
    for (let nth = 0; nth < 3; nth += 1) sellers.push(await fleet.create(fleet.provider.id, { level: "reseller" }));
    const [one, two, three] = sellers;
    const customers = [await fleet.create(one.id), await fleet.create(two.id)];
    const ids = customers.map(({ id }) => id);
    const task = await moved("moveCustomers", { body: { ids, parentId: three.id } });
    expect(rowsOf(await fleet.ended(await undo(task)))).toEqual(["succeeded", "succeeded"]);
    expect([(await fleet.get(ids[0])).parentId, (await fleet.get(ids[1])).parentId]).toEqual([one.id, two.id]);

    const customer = await fleet.customer();
    const [from, to] = [await fleet.login({ customerId: customer.id }), await fleet.login()];
    const device = await fleet.computer(from, 100, 1);
    const gone = await moved("moveDevices", { body: { ids: [device.id], accountId: to.id } });
    await fleet.ended(await undo(gone));
    expect(await fleet.getDevice(device.id)).toMatchObject({ accountId: from.id, customerId: customer.id });
    expect((await fleet.backup(device)).body.grant.prefix).toBe(`${customer.id}/${device.id}/`);
    // Once more changes nothing.
    expect(rowsOf(await fleet.ended(await undo(gone)))).toEqual(["succeeded"]);
    await fleet.settled();
  });

  test("gives accounts their plan, their trial and their sub-accounts back", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer()];
    const trial = await fleet.login({ customerId: from.id, plan: "trial", trialDays: 9 });
    const parent = await fleet.login({ customerId: from.id });
    const subs = [await fleet.subAccount(parent.id), await fleet.subAccount(parent.id)];
    const holder = await fleet.login({ customerId: to.id });
    const devices = [await fleet.computer(parent, 10), await fleet.computer(subs[0] ?? {}, 20)];
    const before = await Promise.all([trial, parent, ...subs].map(({ id }) => fleet.account(id)));
    const body = { ids: [trial.id, parent.id], customerId: to.id, onSamePlan: "sub-account", plan: "select" };
    const task = await moved("moveAccounts", { body });
    for (const { id } of [trial, parent, ...subs])
      expect(await fleet.account(id)).toMatchObject({ customerId: to.id, parentAccountId: holder.id, trial: null });
    expect(rowsOf(await fleet.ended(await undo(task)))).toEqual(["succeeded", "succeeded", "succeeded", "succeeded"]);
    await fleet.settled();
    for (const [index, { id }] of [trial, parent, ...subs].entries()) {
      const { plan, parentAccountId, customerId, trial: ends } = before[index];
      const now = await fleet.account(id);
      expect(now).toMatchObject({ plan, parentAccountId, customerId });
      expect(now.trial?.endsAt).toBe(ends?.endsAt);
    }
    for (const device of devices) expect((await fleet.backup(device)).body.allowed).toBe(true);
  });

  test("keeps the licences that were used to date where the account is, those of a deleted device too", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer()];
    const login = await fleet.login({ customerId: from.id });
    const device = await fleet.computer(login);
    await fleet.computer(login);
    const used = async () => {
      await fleet.settled();
      const both = await Promise.all([from, to].map(({ id }) => fleet.item(id)));
      return both.map((item) => [item?.["licencesUsed"] ?? 0, item?.["licencesUsedToDate"] ?? 0]);
    };
    const task = await moved("moveAccounts", { body: { ids: [login.id], customerId: to.id } });
    expect(await used()).toEqual([
      [0, 0],
      [2, 2],
    ]);
    await fleet.ok("deleteDevice", { params: { id: device.id }, query: { confirm: device.name } });
    expect(await used()).toEqual([
      [0, 0],
      [1, 2],
    ]);
    expect(rowsOf(await fleet.ended(await undo(task)))).toEqual(["succeeded"]);
    expect(await used()).toEqual([
      [1, 2],
      [0, 0],
    ]);
    await fleet.ok("restoreDevice", { params: { id: device.id } });
    expect(await used()).toEqual([
      [2, 2],
      [0, 0],
    ]);
  });

  test("puts sub-accounts back to the parent account that they had, whatever plan they have got meanwhile", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer()];
    const [parent, other] = [
      await fleet.login({ customerId: from.id }),
      await fleet.login({ customerId: from.id, plan: "basic" }),
    ];
    const [along, alone] = [await fleet.subAccount(parent.id), await fleet.subAccount(parent.id)];
    const holder = await fleet.login({ customerId: to.id, plan: "basic" });
    const more = { customerId: to.id, onSamePlan: "sub-account", plan: "basic" };
    const tasks = [
      await moved("moveAccounts", { body: { ids: [alone.id], ...more } }),
      await moved("moveAccounts", { body: { ids: [parent.id], ...more } }),
    ];
    for (const { id } of [parent, along, alone])
      expect(await fleet.account(id)).toMatchObject({ customerId: to.id, parentAccountId: holder.id });
    for (const task of tasks.toReversed()) {
      const ended = await fleet.ended(await undo(task));
      expect(new Set(rowsOf(ended)), JSON.stringify(ended.result)).toEqual(new Set(["succeeded"]));
    }
    expect(await fleet.account(parent.id)).toMatchObject({
      customerId: from.id,
      plan: "select",
      parentAccountId: null,
    });
    // The customer has a parent account for their plan of the meantime too: that is not theirs.
    for (const { id } of [along, alone])
      expect(await fleet.account(id)).toMatchObject({ customerId: from.id, parentAccountId: parent.id });
    expect(await fleet.account(other.id)).toMatchObject({ customerId: from.id, plan: "basic" });
    await fleet.settled();
  });

  test("leaves what has been moved since, and says so", async () => {
    const [from, to, third] = [await fleet.customer(), await fleet.customer(), await fleet.customer()];
    const [one, two] = [
      await fleet.login({ customerId: from.id }),
      await fleet.login({ customerId: from.id, plan: "basic" }),
    ];
    const task = await moved("moveAccounts", { body: { ids: [one.id, two.id], customerId: to.id } });
    await moved("moveAccounts", { body: { ids: [one.id], customerId: third.id } });
    const ended = await fleet.ended(await undo(task));
    expect([ended.status, rowsOf(ended)]).toEqual(["failed", ["succeeded", "undo_conflict"]]);
    expect([(await fleet.account(one.id)).customerId, (await fleet.account(two.id)).customerId]).toEqual([
      third.id,
      from.id,
    ]);
    await fleet.settled();
  });

  test("takes nobody else's account along that cannot go back, until it can", async () => {
    const [one, two, to] = [await fleet.customer(), await fleet.customer(), await fleet.customer()];
    const [lead, sub] = [await fleet.login({ customerId: one.id }), await fleet.login({ customerId: two.id })];
    const machineId = fleet.freshLogin();
    expect((await fleet.enrol({ username: sub.username, password: sub.password }, { machineId })).status).toBe(201);
    const body = { ids: [lead.id, sub.id], customerId: to.id, onSamePlan: "sub-account" };
    const task = await moved("moveAccounts", { body });
    expect(await fleet.account(sub.id)).toMatchObject({ customerId: to.id, parentAccountId: lead.id });
    // Meanwhile the same computer has become a device of the customer that the account came from.
    const { username, password } = await fleet.login({ customerId: two.id, plan: "basic" });
    const { body: taken } = await fleet.enrol({ username, password }, { machineId });
    const ended = await fleet.ended(await undo(task));
    expect([ended.status, rowsOf(ended)]).toEqual(["failed", ["move_refused", "undo_conflict"]]);
    expect(ended.result.rows[1].message).toContain(sub.id);
    for (const { id } of [lead, sub]) expect(await fleet.account(id)).toMatchObject({ customerId: to.id });
    await fleet.settled();
    await fleet.ok("deleteDevice", { params: { id: taken.device.id }, query: { confirm: taken.device.name } });
    const again = await fleet.ended(await undo(task));
    expect(rowsOf(again), JSON.stringify(again.result)).toEqual(["succeeded", "succeeded"]);
    expect(await fleet.account(sub.id)).toMatchObject({ customerId: two.id, parentAccountId: null });
    expect(await fleet.account(lead.id)).toMatchObject({ customerId: one.id, parentAccountId: null });
    await fleet.settled();
  });

  test("has to have ended, to have moved something, and to be no older than 30 days", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer()];
    const login = await fleet.login({ customerId: from.id });
    const reply = await begun("moveAccounts", { body: { ids: [login.id], customerId: to.id } });
    expectRefusal(await undo(reply.body.id), 409, "not_undoable");
    await fleet.ended(reply);
    const nothing = await moved("moveAccounts", { body: { ids: [login.id], customerId: to.id } });
    expectRefusal(await undo(nothing), 409, "not_undoable");
    fleet.advance(31 * dayMs);
    expectRefusal(await undo(reply.body.id), 409, "not_undoable");
    expectRefusal(await undo("tsk_00000000000000000000000000"), 404, "not_found");
  });
});

test("a merge that is undone restores the emptied customer with all that it had", async () => {
  const limits = (space: number, licences: number) => ({
    space: { limitBytes: space * gigabyte },
    licences: { limit: licences },
    deviceLimit: licences,
  });
  const seller = await fleet.create(fleet.provider.id, { level: "reseller", ...limits(5, 5) });
  const make = (more: object): Promise<Body> => fleet.create(seller.id, { autoAuthorize: true, ...more });
  const [from, to] = [await make(limits(3, 2)), await make(limits(2, 3))];
  const [one, two] = [await fleet.login({ customerId: from.id }), await fleet.login({ customerId: to.id })];
  const sub = await fleet.subAccount(one.id);
  const devices = [await fleet.computer(one, gigabyte), await fleet.computer(sub, gigabyte)];
  for (let nth = 0; nth < 3; nth += 1) await fleet.computer(two, gigabyte / 2);
  const contact = await fleet.ok("createContact", {
    body: { customerId: from.id, name: "Cy", email: "cy@example.com" },
  });
  const key = await fleet.key(from.id);
  await fleet.settled();
  const before = await Promise.all([from, to, seller].map(({ id }) => fleet.get(id)));
  const task = await moved("mergeCustomer", {
    params: { id: to.id },
    body: { fromCustomerId: from.id, quotas: "sum" },
  });
  await fleet.settled();
  const back = await fleet.ended(await undo(task));
  expect([rowsOf(back), back.result.rows]).toEqual([rowsOf(back).map(() => "succeeded"), back.result.rows]);
  await fleet.settled();
  for (const [index, { id }] of [from, to, seller].entries()) {
    const { space, licences, deviceLimit, deviceCount, deletedAt } = before[index];
    expect(await fleet.get(id)).toMatchObject({ space, licences, deviceLimit, deviceCount, deletedAt });
  }
  expect(await fleet.account(one.id)).toMatchObject({ customerId: from.id, parentAccountId: null, plan: "select" });
  expect(await fleet.account(sub.id)).toMatchObject({ customerId: from.id, parentAccountId: one.id });
  expect((await fleet.ok("getContact", { params: { id: contact.id } })).customerId).toBe(from.id);
  expect((await fleet.ok("getApiKey", { params: { id: key.id } }, { token: key.token })).customerId).toBe(from.id);
  for (const device of devices) expect((await fleet.backup(device)).body.grant.prefix).toBe(`${from.id}/${device.id}/`);
});

test("a merge that did not come to its end gives the target the limits back that it had", async () => {
  const limits = (space: number, devices: number) => ({
    space: { limitBytes: space * gigabyte },
    deviceLimit: devices,
  });
  const [from, to] = [await fleet.customer(limits(4, 5)), await fleet.customer(limits(2, 3))];
  const login = await fleet.login({ customerId: from.id });
  await fleet.computer(login, 100);
  await fleet.settled();
  const before = await fleet.get(to.id);
  const reply = await begun("mergeCustomer", {
    params: { id: to.id },
    body: { fromCustomerId: from.id, quotas: "largest" },
  });
  // Not foreseen by the merge, so the customer that it came from cannot go.
  const late = await fleet.login({ customerId: from.id, plan: "basic" });
  const ended = await fleet.ended(reply);
  expect([ended.status, rowsOf(ended)]).toEqual(["failed", ["succeeded", "succeeded", "move_refused"]]);
  expect(await fleet.get(to.id)).toMatchObject({ deviceLimit: 5 });
  const back = await fleet.ended(await undo(ended.id));
  expect(new Set(rowsOf(back)), JSON.stringify(back.result)).toEqual(new Set(["succeeded"]));
  await fleet.settled();
  const { space, licences, deviceLimit } = before;
  expect(await fleet.get(to.id)).toMatchObject({ space, licences, deviceLimit });
  for (const { id } of [login, late]) expect(await fleet.account(id)).toMatchObject({ customerId: from.id });
  expect(await fleet.get(from.id)).toMatchObject({ deletedAt: null, deviceLimit: 5 });
});
