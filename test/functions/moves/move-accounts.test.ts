import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dayMs, expectRefusal } from "../stages/book.ts";
import type { Fleet } from "../stages/fleet.ts";
import { type Moving, openMoving, rowsOf } from "../stages/moving.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;
type Options = Parameters<Fleet["call"]>[2];

let fleet: Moving;
beforeAll(async () => {
  fleet = await openMoving();
});
afterAll(() => fleet.close());

const move = (ids: readonly string[], customerId: string, more: object = {}, query = {}, options?: Options) =>
  fleet.call("moveAccounts", { body: { ids, customerId, ...more }, query }, options);
const moveDevices = (ids: readonly string[], accountId: string, query = {}, options?: Options) =>
  fleet.call("moveDevices", { body: { ids, accountId }, query }, options);
const listed = async (query: Record<string, string>, options?: Options): Promise<string[]> =>
  (await fleet.ok("listDevices", { query: { limit: "200", ...query } }, options)).items.map(({ id }: Body) => id);

describe("an account that is moved to another customer", () => {
  test("takes along sub-accounts, devices, sets, licences and what they use; everything else stays as it was", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer()];
    const parent = await fleet.login({ customerId: from.id });
    const sub = await fleet.subAccount(parent.id);
    const [stays] = await fleet.computers(await fleet.login({ customerId: from.id, plan: "basic" }), 1);
    if (!stays) throw new Error("There is one.");
    const [one, two] = [await fleet.computers(parent, 2, 2), await fleet.computers(sub, 1, 1)];
    const all = [...one, ...two];
    for (const device of [...all, stays]) {
      expect((await fleet.backup(device)).body.allowed).toBe(true);
      await fleet.usage(device, 1_000);
    }
    await fleet.settled();
    const before = await Promise.all(all.map(({ id }) => fleet.getDevice(id)));
    const task = await fleet.ended(await move([parent.id], to.id));
    expect([task.status, rowsOf(task)]).toEqual(["succeeded", ["succeeded"]]);
    await fleet.settled();
    for (const [index, device] of all.entries()) {
      const { version, updatedAt, customerId, ...rest } = await fleet.getDevice(device.id);
      expect(before[index]).toMatchObject(rest);
      expect([customerId, version > before[index].version, updatedAt > before[index].updatedAt]).toEqual([
        to.id,
        true,
        true,
      ]);
      const { grant } = (await fleet.backup(device)).body;
      expect(grant.prefix).toBe(`${from.id}/${device.id}/`);
    }
    expect(await fleet.account(parent.id)).toMatchObject({
      customerId: to.id,
      usedBytes: 2_000,
      deviceCount: 2,
      plan: "select",
    });
    expect(await fleet.account(sub.id)).toMatchObject({
      customerId: to.id,
      parentAccountId: parent.id,
      usedBytes: 1_000,
    });
    expect(await fleet.get(to.id)).toMatchObject({ space: { usedBytes: 3_000 }, deviceCount: 3 });
    expect(await fleet.get(from.id)).toMatchObject({ space: { usedBytes: 1_000 }, deviceCount: 1 });
    expect((await listed({ customerId: to.id })).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    expect(await listed({ customerId: from.id })).toEqual([stays.id]);
    expect((await fleet.ok("listBackupSets", { query: { deviceId: one[0]?.id ?? "" } })).items).toHaveLength(2);
    // The contact came along, since nobody else used it.
    expect((await fleet.ok("getContact", { params: { id: parent.contactId } })).customerId).toBe(to.id);
    const types = (await fleet.logged(parent.id)).map(({ type }) => type);
    expect(types).toContain("AccountArrived");
    expect((await fleet.logged(from.id)).map(({ type }) => type)).toContain("AccountLeft");
    // New computers come with the same login, and stand there.
    const { body } = await fleet.enrol({ username: parent.username, password: parent.password });
    expect(body.device.customerId).toBe(to.id);
    await fleet.settled();
  });

  test("goes in steps where it has more devices than one transaction takes", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer()];
    const parent = await fleet.login({ customerId: from.id });
    const devices = await fleet.computers(parent, 24, 1);
    for (const device of devices) await fleet.usage(device, 10);
    const task = await fleet.ended(await move([parent.id], to.id));
    expect(rowsOf(task)).toEqual(["succeeded"]);
    await fleet.settled();
    expect((await listed({ customerId: to.id })).toSorted()).toEqual(devices.map(({ id }) => id).toSorted());
    expect(await listed({ customerId: from.id })).toEqual([]);
    expect(await fleet.account(parent.id)).toMatchObject({ usedBytes: 240, deviceCount: 24 });
    for (const id of [from.id, to.id]) expect((await fleet.item(id))["moveId"]).toBeUndefined();
  });

  test("becomes a sub-account where the customer has one for the same plan, if that is asked for", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer()];
    const [parent, holder] = [await fleet.login({ customerId: from.id }), await fleet.login({ customerId: to.id })];
    const sub = await fleet.subAccount(parent.id);
    const devices = [...(await fleet.computers(parent, 1)), ...(await fleet.computers(sub, 1))];
    for (const device of devices) await fleet.backup(device);
    const refused = await move([parent.id], to.id);
    expectRefusal(refused, 409, "move_refused", "ids.0.plan");
    expect(refused.body.errors[0]).toMatchObject({ code: "plan_taken", message: expect.stringContaining(holder.id) });
    expect(rowsOf(await fleet.ended(await move([parent.id], to.id, { onSamePlan: "sub-account" })))).toEqual([
      "succeeded",
    ]);
    await fleet.settled();
    for (const { id } of [parent, sub])
      expect(await fleet.account(id)).toMatchObject({ customerId: to.id, parentAccountId: holder.id, plan: "select" });
    for (const device of devices) expect((await fleet.backup(device)).body.allowed).toBe(true);
  });

  test("leaves its trial where it gets a plan that is none", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer()];
    const parent = await fleet.login({ customerId: from.id, plan: "trial", trialDays: 5 });
    const [device] = await fleet.computers(parent, 1);
    if (!device) throw new Error("There is one.");
    fleet.advance(6 * dayMs);
    await fleet.invoke("functions/schedule/sweep-account-trials.ts", {});
    expect((await fleet.backup(device)).body.allowed).toBe(false);
    const dry = await move([parent.id], to.id, { plan: "select" }, { dryRun: "true" });
    expect(dry.body.preview.warnings.map(({ code }: Body) => code)).toEqual(["plan_changes", "trial_ends"]);
    expect(rowsOf(await fleet.ended(await move([parent.id], to.id, { plan: "select" })))).toEqual(["succeeded"]);
    expect(await fleet.account(parent.id)).toMatchObject({ plan: "select", trial: null, state: "active" });
    expect((await fleet.backup(device)).body.allowed).toBe(true);
    await fleet.settled();
  });

  test("is seen by nobody of the old reseller any more, and by those of the new one", async () => {
    const other = await fleet.create(fleet.provider.id, { level: "reseller" });
    const [from, to] = [await fleet.customer(), await fleet.create(other.id, { autoAuthorize: true })];
    const parent = await fleet.login({ customerId: from.id });
    const [device] = await fleet.computers(parent, 1, 1);
    if (!device) throw new Error("There is one.");
    const [old, now] = [(await fleet.key(fleet.resellerId)).token, (await fleet.key(other.id)).token];
    await fleet.ended(await move([parent.id], to.id));
    for (const [operation, id] of [
      ["getAccount", parent.id],
      ["getDevice", device.id],
    ] as const) {
      expectRefusal(await fleet.call(operation, { params: { id } }, { token: old }), 404, "not_found");
      await fleet.ok(operation, { params: { id } }, { token: now });
    }
    expectRefusal(await move([parent.id], from.id, {}, {}, { token: now }), 404, "not_found");
    expect((await fleet.backup(device)).body.allowed).toBe(true);
    await fleet.settled();
  });

  test("is refused with everything that stands against it, and nothing is done for the others", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer({ licences: { limit: 0 }, deviceLimit: 0 })];
    const [one, two] = [
      await fleet.login({ customerId: from.id }),
      await fleet.login({ customerId: from.id, plan: "basic" }),
    ];
    const [device] = await fleet.computers(one, 1);
    if (!device) throw new Error("There is one.");
    await fleet.backup(device);
    await fleet.enrol({ username: one.username, password: one.password });
    const reply = await move([one.id, two.id], to.id);
    expect(reply.body.errors.map(({ code, path }: Body) => [code, path])).toEqual([
      ["allotment_exceeded", "ids.0.licences"],
      ["device_limit", "ids.0.devices"],
    ]);
    for (const { id } of [one, two]) expect((await fleet.account(id)).customerId).toBe(from.id);
    const partial = await fleet.ended(await move([one.id, two.id], to.id, {}, { partial: "true" }));
    expect(rowsOf(partial)).toEqual(["move_refused", "succeeded"]);
    expectRefusal(await move([], to.id), 422, "invalid_ids", "ids");
    expectRefusal(await move([one.id, one.id], to.id), 422, "invalid_ids", "ids.1");
    expectRefusal(await move([one.id], fleet.resellerId), 409, "move_refused", "ids.0.customerId");
    const back = await fleet.ended(await move([one.id], from.id));
    expect([rowsOf(back), (await fleet.account(one.id)).version]).toEqual([["succeeded"], one.version]);
    await fleet.settled();
  });
});

describe("a device that is moved to another account", () => {
  test("of the same customer takes its sets, its licence and what it uses along", async () => {
    const customer = await fleet.customer();
    const [one, two] = [
      await fleet.login({ customerId: customer.id }),
      await fleet.login({ customerId: customer.id, plan: "basic" }),
    ];
    const [device] = await fleet.computers(one, 1, 2);
    if (!device) throw new Error("There is one.");
    await fleet.backup(device);
    await fleet.usage(device, 500);
    expect(rowsOf(await fleet.ended(await moveDevices([device.id], two.id)))).toEqual(["succeeded"]);
    await fleet.settled();
    expect(await fleet.getDevice(device.id)).toMatchObject({ accountId: two.id, usedBytes: 500, licensed: true });
    expect([(await fleet.account(one.id)).usedBytes, (await fleet.account(two.id)).usedBytes]).toEqual([0, 500]);
    expect(await listed({ accountId: two.id })).toEqual([device.id]);
    expect((await fleet.backup(device)).body.grant.prefix).toBe(`${customer.id}/${device.id}/`);
  });

  test("is on the watchlist of its new account for the same reasons", async () => {
    const customer = await fleet.customer();
    const [one, two] = [
      await fleet.login({ customerId: customer.id }),
      await fleet.login({ customerId: customer.id, plan: "basic" }),
    ];
    const { username, password } = one;
    const first = await fleet.enrol({ username, password }, { name: "FILESERVER" });
    await fleet.enrol({ username, password }, { name: "FILESERVER" });
    const device = first.body.device;
    const watched = async () => {
      // The walk enters only customers that count some.
      await fleet.settled();
      const query = { reason: "possible_duplicate" };
      return (await fleet.ok("getWatchlist", { params: { id: customer.id }, query })).items;
    };
    expect(await watched()).toMatchObject([{ device: { id: device.id, accountId: one.id } }]);
    expect(rowsOf(await fleet.ended(await moveDevices([device.id], two.id)))).toEqual(["succeeded"]);
    expect(await watched()).toMatchObject([{ device: { id: device.id, accountId: two.id } }]);
  });

  test("of another customer keeps its data where they are, and may go back", async () => {
    const [from, to] = [await fleet.customer(), await fleet.customer({ country: "CH" })];
    const [one, two] = [await fleet.login({ customerId: from.id }), await fleet.login({ customerId: to.id })];
    const [device, fresh] = await fleet.computers(one, 2, 1);
    if (!device || !fresh) throw new Error("There are two.");
    await fleet.backup(device);
    await fleet.usage(device, 500);
    const dry = await moveDevices([device.id, fresh.id], two.id, { dryRun: "true" });
    expect(dry.body.preview).toMatchObject({
      moves: { accounts: 0, devices: 2, backupSets: 2, licences: 1, usedBytes: 500 },
      warnings: [{ code: "data_stay", path: "ids.0" }],
    });
    expect(rowsOf(await fleet.ended(await moveDevices([device.id, fresh.id], two.id)))).toEqual([
      "succeeded",
      "succeeded",
    ]);
    await fleet.settled();
    expect(await fleet.getDevice(device.id)).toMatchObject({ customerId: to.id, storageLocation: "DE" });
    expect(await fleet.getDevice(fresh.id)).toMatchObject({ customerId: to.id, storageLocation: "CH" });
    expect((await fleet.backup(device)).body.grant).toMatchObject({
      location: "DE",
      prefix: `${from.id}/${device.id}/`,
    });
    expect((await fleet.backup(fresh)).body.grant).toMatchObject({ location: "CH", prefix: `${to.id}/${fresh.id}/` });
    const statement = await fleet.ok("getStorage", { params: { id: to.id } });
    expect(statement.devicesElsewhere).toMatchObject([{ location: "DE", devices: 1 }]);
    expect(await fleet.get(to.id)).toMatchObject({ space: { usedBytes: 500 }, deviceCount: 2 });
    expect(await fleet.get(from.id)).toMatchObject({ space: { usedBytes: 0 }, deviceCount: 0 });
    expect(rowsOf(await fleet.ended(await moveDevices([device.id], one.id)))).toEqual(["succeeded"]);
    expect((await fleet.backup(device)).body.grant.prefix).toBe(`${from.id}/${device.id}/`);
    expect((await fleet.ok("getStorage", { params: { id: to.id } })).devicesElsewhere).toEqual([]);
    await fleet.settled();
  });
});
