import { beforeAll, describe, expect, test, vi } from "vitest";
import { openDatabase } from "../../../shared/store/table/database.ts";
import { checkCustomer } from "../../../shared/store/usage/recount.ts";
import { createMeter } from "../../../shared/store/table/units.ts";
import { openTableStream } from "../../fleet/table-stream.ts";
import { dump, type Item } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { allPages, dayMs, expectRefusal } from "../stages/book.ts";
import { buildEstate } from "../stages/estate.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";
import { goodPassword } from "../stages/post.ts";
import { settleStream } from "../stages/settle.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

type Body = Reply["body"];
const hourMs = 3_600_000;

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
let support: string;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
  support = (await fleet.key(fleet.provider.id, "support")).token;
  const deletion = { customersPerHour: 10_000 };
  await fleet.ok("updateSettings", { params: { id: fleet.provider.id }, body: { deletion } });
  return () => stream.close();
});

const settle = () => settleStream(fleet, stream);
const at = (id: string) => ({ params: { id } });
const removeCustomer = ({ id, name }: Body) => fleet.ok("deleteCustomer", { ...at(id), query: { confirm: name } });
const removeAccount = ({ id, username }: Body) =>
  fleet.ok("deleteAccount", { ...at(id), query: { confirm: username } });
const removeDevice = ({ id, name }: Body) => fleet.ok("deleteDevice", { ...at(id), query: { confirm: name } });
const sweep = () => fleet.invoke("functions/schedule/sweep-purges.ts", {});
const wrongAt = (id: string) =>
  checkCustomer(openDatabase(fleet.runtime.client, fleet.table.tableName, createMeter()), id);
const reportOf = async (id: string): Promise<Body[]> => (await allPages(fleet, "listDeletions", at(id))).items;
const reasonsOf = async (device: { token: string }): Promise<string[]> =>
  (await fleet.backup(device)).body.reasons.map(({ code }: Body) => code);
/** A computer that has enrolled by the login of an account. */
async function enrolled(account: { username: string }): Promise<Enrolled> {
  const { body } = await fleet.enrol({ username: account.username, password: goodPassword });
  return { ...body.device, token: body.token };
}
/** A customer with so many licences, and two accounts with a computer each. */
async function twoAccounts(limit: number | null) {
  const customer = await fleet.customer({ licences: { limit } });
  const one = await fleet.login({ customerId: customer.id, plan: "select" });
  const other = await fleet.login({ customerId: customer.id, plan: "basic" });
  return { customer, one, other, first: await enrolled(one), second: await enrolled(other) };
}
const licencesOf = async (id: string) => {
  const { used, usedToDate, available } = (await fleet.get(id)).licences;
  return { used, usedToDate, available };
};

describe("a deleted account (L7)", () => {
  test("gives the licences of its devices back at once, and takes them again when it is restored", async () => {
    const { customer, one, first, second } = await twoAccounts(1);
    expect(await reasonsOf(first)).toEqual([]);
    expect(await reasonsOf(second)).toEqual(["licence_exhausted"]);
    const deleted = await removeAccount(one);
    expect(Date.parse(deleted.purgeAt) - Date.parse(deleted.deletedAt)).toBe(30 * dayMs);
    expect(await licencesOf(customer.id)).toEqual({ used: 0, usedToDate: 1, available: 1 });
    expect(await reasonsOf(first)).toContain("deleted");
    expect(await reasonsOf(second)).toEqual([]);
    expectRefusal(await fleet.call("restoreAccount", at(one.id)), 409, "licence_exhausted");
    await removeDevice(second);
    const restored = await fleet.ok("restoreAccount", at(one.id));
    expect(restored).toMatchObject({ state: "active", deletedAt: null, purgeAt: null, deletionId: null });
    expect(await licencesOf(customer.id)).toEqual({ used: 1, usedToDate: 2, available: 0 });
    expect(await reasonsOf(first)).toEqual([]);
    expect(await wrongAt(customer.id)).toEqual([]);
  });

  test("takes its sub-accounts along, whose licences it counts; one that was deleted before it stays deleted", async () => {
    const { customer, one, first } = await twoAccounts(null);
    const sub = async () => {
      const body = { parentAccountId: one.id, username: fleet.freshLogin(), password: goodPassword };
      return fleet.ok("createAccount", { body });
    };
    const [mine, early] = [await sub(), await sub()];
    for (const device of [first, await enrolled(mine), await enrolled(early)])
      expect(await reasonsOf(device)).toEqual([]);
    expect((await licencesOf(customer.id)).used).toBe(3);
    await removeAccount(early);
    expect((await licencesOf(customer.id)).used).toBe(2);
    await removeAccount(one);
    expect((await licencesOf(customer.id)).used).toBe(0);
    expect((await fleet.ok("getAccount", at(mine.id))).state).toBe("deleted");
    // Also one that has no mark of its own: nothing would be restored, and the purge of its parent account takes it.
    for (const { id } of [early, mine])
      expectRefusal(await fleet.call("restoreAccount", at(id)), 409, "account_deleted");
    expectRefusal(
      await fleet.call("deleteAccount", { ...at(mine.id), query: { confirm: mine.username } }),
      409,
      "account_deleted",
    );
    expectRefusal(
      await fleet.call("deleteDevice", { ...at(first.id), query: { confirm: first.name } }),
      409,
      "account_deleted",
    );
    await fleet.ok("restoreAccount", at(one.id));
    expect((await licencesOf(customer.id)).used).toBe(2);
    expect((await fleet.ok("getAccount", at(early.id))).state).toBe("deleted");
    await fleet.ok("restoreAccount", at(early.id));
    expect(await licencesOf(customer.id)).toMatchObject({ used: 3, usedToDate: 3 });
    expect(await wrongAt(customer.id)).toEqual([]);
  });

  test("is as it was when it is restored, but for the stamps of the change; again changes nothing", async () => {
    const { one } = await twoAccounts(null);
    const before = await dump(fleet.table);
    await removeAccount(one);
    const restored = await fleet.ok("restoreAccount", at(one.id));
    expect(changed(before, await dump(fleet.table))).toEqual([]);
    expect(await fleet.ok("restoreAccount", at(one.id))).toEqual(restored);
  });

  test("that is purged takes its devices along, out of the counters of the customer that stays", async () => {
    const { customer, one, other, first, second } = await twoAccounts(null);
    const sub = await fleet.ok("createAccount", {
      body: { parentAccountId: one.id, username: fleet.freshLogin(), password: goodPassword },
    });
    const third = await enrolled(sub);
    for (const [device, usedBytes] of [
      [first, 100],
      [second, 20],
      [third, 3],
    ] as const) {
      await fleet.backup(device);
      await fleet.ok("reportUsage", { body: { usedBytes, measuredAt: fleet.at() } }, { token: device.token });
    }
    await fleet.ownSet(first);
    await settle();
    expect((await fleet.get(customer.id)).space.usedBytes).toBe(123);
    const { deletionId } = await removeAccount(one);
    await settle();
    // Its data are stored still.
    expect((await fleet.get(customer.id)).space.usedBytes).toBe(123);
    fleet.advance(30 * dayMs);
    // What other tests have deleted is due as well.
    expect(await sweep()).toMatchObject({ more: 0, stuck: 0 });
    await settle();
    expect(await fleet.get(customer.id)).toMatchObject({
      deviceCount: 1,
      space: { usedBytes: 20 },
      licences: { used: 1 },
    });
    expect(await wrongAt(customer.id)).toEqual([]);
    expect(await fleet.ok("getDeletion", at(deletionId))).toMatchObject({
      state: "purged",
      usedBytes: 100,
      purged: { customers: 0, accounts: 2, devices: 2, backupSets: 1 },
    });
    for (const id of [one.id, sub.id]) expectRefusal(await fleet.call("restoreAccount", at(id)), 410, "purged");
    expectRefusal(await fleet.call("restoreDevice", at(first.id)), 410, "purged");
    expectRefusal(await fleet.backup(first), 401, "unauthenticated");
    expect(await reasonsOf(second)).toEqual([]);
    // Plan, login and computer are free; the contact counts one account less, and data go by order.
    const contact = { name: "Ann", email: "ann@example.com" };
    const body = { customerId: customer.id, plan: "select", username: one.username, password: goodPassword, contact };
    await fleet.ok("createAccount", { body });
    expect(
      (await fleet.enrol({ username: one.username, password: goodPassword }, { machineId: first.machineId })).status,
    ).toBe(201);
    const { contactId } = other;
    expect((await fleet.ok("getContact", at(contactId))).accountCount).toBe(1);
    const items = await dump(fleet.table);
    const orders = items.filter(({ kind, customerId }) => kind === "vault-order" && customerId === customer.id);
    expect(orders.map(({ prefix }) => prefix).sort()).toEqual(
      [first, third].map(({ id }) => `${customer.id}/${id}/`).sort(),
    );
    const stones = items.filter(({ kind, pk }) => kind === "tombstone" && pk === `TOMBSTONES#${customer.id}`);
    expect(stones.map(({ what, usedBytes }) => [what, usedBytes]).sort()).toEqual([
      ["account", 100],
      ["account", 3],
      ["device", 100],
      ["device", 3],
    ]);
  });
});

describe("a deleted device (L7)", () => {
  test("keeps its data, gives its licence back and lets its computer enrol anew", async () => {
    const customer = await fleet.customer({ licences: { limit: 1 } });
    const device = await fleet.device(customer.id);
    await fleet.backup(device);
    await fleet.ok("reportUsage", { body: { usedBytes: 7, measuredAt: fleet.at() } }, { token: device.token });
    await settle();
    const deleted = await removeDevice(device);
    expect(deleted).toMatchObject({ state: "deleted", licensed: false, usedBytes: 7 });
    expect(Date.parse(deleted.purgeAt) - Date.parse(deleted.deletedAt)).toBe(30 * dayMs);
    expect(await fleet.get(customer.id)).toMatchObject({
      deviceCount: 0,
      space: { usedBytes: 7 },
      licences: { used: 0 },
    });
    expect(await reasonsOf(device)).toContain("deleted");
    expect(await wrongAt(customer.id)).toEqual([]);
  });

  test("is as it was when it is restored: state, licence, attention, token", async () => {
    const device = await fleet.device();
    await fleet.backup(device);
    const set = await fleet.ownSet(device);
    const times = { startedAt: fleet.at(-2), endedAt: fleet.at(-1), bytes: 1, files: 1 };
    const job = { jobId: "j", backupSetId: set.id, type: "backup", status: "failed", ...times };
    await fleet.ok("reportJob", { body: job }, { token: device.token });
    await fleet.ok("deactivateDevice", at(device.id));
    const before = await dump(fleet.table);
    const shown = await fleet.getDevice(device.id);
    expect(shown.attention).toHaveLength(1);
    expect((await removeDevice(device)).attention).toEqual([]);
    const query = { customerId: device.customerId, attention: "true" };
    expect((await fleet.ok("listDevices", { query })).items).toEqual([]);
    const restored = await fleet.ok("restoreDevice", at(device.id));
    expect(restored).toEqual({ ...shown, version: shown.version + 2, updatedAt: restored.updatedAt });
    expect((await fleet.ok("listDevices", { query })).items).toEqual([restored]);
    expect(changed(before, await dump(fleet.table))).toEqual([]);
    expect(await fleet.ok("restoreDevice", at(device.id))).toEqual(restored);
    expect(await licencesOf(device.customerId)).toMatchObject({ used: 1, usedToDate: 1 });
  });

  test("comes back without a licence where none is free, and draws it when it asks; it counts once to date", async () => {
    const customer = await fleet.customer({ licences: { limit: 1 } });
    const [one, other] = [await fleet.device(customer.id), await fleet.device(customer.id)];
    await fleet.backup(one);
    await removeDevice(one);
    await fleet.backup(other);
    expect(await fleet.ok("restoreDevice", at(one.id))).toMatchObject({ state: "active", licensed: false });
    expect(await reasonsOf(one)).toEqual(["licence_exhausted"]);
    await removeDevice(other);
    expect(await reasonsOf(one)).toEqual([]);
    expect(await licencesOf(customer.id)).toEqual({ used: 1, usedToDate: 2, available: 0 });
  });

  test("is not restored where its computer is another device by now, or the customer has as many as it may", async () => {
    const customer = await fleet.customer({ deviceLimit: 1 });
    const { token: enrolmentKey } = await fleet.enrolmentKey(customer.id);
    const machine = fleet.machine();
    const { body } = await fleet.enrol({ enrolmentKey }, machine);
    await removeDevice(body.device);
    const again = (await fleet.enrol({ enrolmentKey }, machine)).body.device;
    expect(again.id).not.toBe(body.device.id);
    expectRefusal(await fleet.call("restoreDevice", at(body.device.id)), 409, "device_limit");
    await fleet.patch(customer.id, { deviceLimit: 2 });
    expectRefusal(await fleet.call("restoreDevice", at(body.device.id)), 409, "machine_taken");
    await removeDevice(again);
    expect((await fleet.ok("restoreDevice", at(body.device.id))).state).toBe("active");
  });

  test("is purged after its grace period: out of the counters, with its sets, for good", async () => {
    const device = await fleet.device();
    await fleet.ok("reportUsage", { body: { usedBytes: 9, measuredAt: fleet.at() } }, { token: device.token });
    const set = await fleet.ownSet(device);
    await settle();
    const { deletionId } = await removeDevice(device);
    fleet.advance(30 * dayMs - hourMs);
    await sweep();
    expect((await fleet.getDevice(device.id)).state).toBe("deleted");
    fleet.advance(hourMs);
    expect(await sweep()).toMatchObject({ more: 0, stuck: 0 });
    await settle();
    expect((await fleet.get(device.customerId)).space.usedBytes).toBe(0);
    expect(await wrongAt(device.customerId)).toEqual([]);
    for (const [operation, id] of [
      ["getDevice", device.id],
      ["getBackupSet", set.id],
    ] as const)
      expectRefusal(await fleet.call(operation, at(id)), 404, "not_found");
    expectRefusal(await fleet.call("restoreDevice", at(device.id)), 410, "purged");
    expect(await fleet.ok("getDeletion", at(deletionId))).toMatchObject({
      state: "purged",
      usedBytes: 9,
      purged: { customers: 0, accounts: 0, devices: 1, backupSets: 1 },
    });
  });
});

/** Attributes that a change and its undoing may leave another way, and items that tell of both. */
const stamps = new Set(["version", "updatedAt", "restoredAt"]);
const telling = new Set(["log", "deletion", "deletion-link", "rate", "answer", undefined]);
/** Items that are not what they were. */
function changed(before: readonly Item[], after: readonly Item[]): unknown[] {
  const plain = (items: readonly Item[]): Map<string, string> =>
    new Map(
      items
        // When a device is looked at next is worked out anew when it comes back.
        .filter(
          ({ kind, pk, sk }) => !telling.has(kind as string) && !pk.startsWith("MARK#") && sk !== "timer#attention",
        )
        .map((item) => [
          `${item.pk} ${item.sk}`,
          JSON.stringify(
            Object.entries(item)
              .filter(([name]) => !stamps.has(name))
              .sort(),
          ),
        ]),
    );
  const [old, now] = [plain(before), plain(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((place) => old.get(place) !== now.get(place))
    .map((place) => [place, old.get(place), now.get(place)]);
}

describe("a deleted branch (L7)", () => {
  test("is back byte for byte when it is restored, but for the stamps of the change", async () => {
    const estate = await buildEstate(fleet, { customers: 3, accountsEach: 2, devicesEach: 1, setsEach: 1 });
    await settle();
    const before = await dump(fleet.table);
    const { backingUp, reseller } = estate;
    const [device] = backingUp;
    await removeCustomer(reseller);
    expect(await reasonsOf(device as Enrolled)).toContain("deleted");
    await settle();
    expect(await wrongAt(fleet.provider.id)).toEqual([]);
    const restored = await fleet.ok("restoreCustomer", at(reseller.id));
    expect(restored).toMatchObject({ deletedAt: null, purgeAt: null, deletionId: null, effectivelyActive: true });
    await settle();
    const after = await dump(fleet.table);
    // The parent has heard of both, in its turn.
    expect(changed(before, after).filter((one) => !(one as string[])[0]?.includes(" totals#"))).toEqual([]);
    expect(await wrongAt(fleet.provider.id)).toEqual([]);
    expect(await reasonsOf(device as Enrolled)).toEqual([]);
  });

  test("gives its licences back at once, and is not restored before they are free again", async () => {
    const reseller = await fleet.create(fleet.provider.id, { level: "reseller", licences: { limit: 2 } });
    const one = await fleet.create(reseller.id, { autoAuthorize: true });
    const other = await fleet.create(reseller.id, { autoAuthorize: true, licences: { limit: 1 } });
    const device = await fleet.device(one.id);
    await fleet.backup(device);
    expect((await fleet.get(reseller.id)).licences).toMatchObject({
      drawn: 1,
      used: 1,
      available: 0,
      allottedToChildren: 1,
    });
    await removeCustomer(one);
    expect((await fleet.get(reseller.id)).licences.available).toBe(1);
    await removeCustomer(other);
    expect((await fleet.get(reseller.id)).licences).toMatchObject({ available: 2, allottedToChildren: 0 });
    const greedy = await fleet.create(reseller.id, { licences: { limit: 2 } });
    for (const { id } of [one, other])
      expectRefusal(await fleet.call("restoreCustomer", at(id)), 422, "allotment_exceeded", "licences");
    await fleet.patch(greedy.id, { licences: { limit: 0 } });
    for (const { id } of [one, other]) await fleet.ok("restoreCustomer", at(id));
    expect((await fleet.get(reseller.id)).licences).toMatchObject({ available: 0, allottedToChildren: 1 });
    expect(await reasonsOf(device)).toEqual([]);
  });

  test("keeps its space, its name and its reference until it is purged", async () => {
    const reseller = await fleet.create(fleet.provider.id, { level: "reseller", space: { limitBytes: 100 } });
    const customer = await fleet.create(reseller.id, { space: { limitBytes: 100 }, externalRef: "mine" });
    await removeCustomer(customer);
    expect((await fleet.get(reseller.id)).space.freeBytes).toBe(0);
    expectRefusal(await fleet.tryCreate(reseller.id, { name: customer.name }), 409, "name_taken", "name");
    expectRefusal(await fleet.tryCreate(reseller.id, { externalRef: "mine" }), 409, "external_ref_taken");
    fleet.advance(30 * dayMs);
    await sweep();
    expect((await fleet.get(reseller.id)).space.freeBytes).toBe(100);
    await fleet.create(reseller.id, { name: customer.name, externalRef: "mine", space: { limitBytes: 100 } });
  });

  test("is not restored below a customer that is deleted itself, nor with a service type that is no longer provided", async () => {
    const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
    const customer = await fleet.create(reseller.id, { serviceType: "software-only" });
    await removeCustomer(customer);
    await removeCustomer(reseller);
    expectRefusal(await fleet.call("restoreCustomer", at(customer.id)), 409, "customer_deleted");
    await fleet.ok("restoreCustomer", at(reseller.id));
    await fleet.ok("updateCustomer", { ...at(reseller.id), body: { servicesToProvide: ["all-inclusive"] } });
    expectRefusal(await fleet.call("restoreCustomer", at(customer.id)), 422, "service_type_not_allowed");
    await fleet.ok("updateCustomer", {
      ...at(reseller.id),
      body: { servicesToProvide: ["all-inclusive", "software-only"] },
    });
    const restored = await fleet.ok("restoreCustomer", at(customer.id));
    expect(await fleet.ok("restoreCustomer", at(customer.id))).toEqual(restored);
  });

  test("can be restored for as long as the purge has not begun, and is then purged in its own time only", async () => {
    const customer = await fleet.customer();
    await removeCustomer(customer);
    fleet.advance(31 * dayMs);
    expect((await fleet.ok("restoreCustomer", at(customer.id))).deletedAt).toBeNull();
    await sweep();
    const again = await removeCustomer(customer);
    await sweep();
    expect(await fleet.get(customer.id)).toMatchObject({ purgeAt: again.purgeAt, deletionId: again.deletionId });
    expect(await reportOf(customer.id)).toMatchObject([{ state: "deleted" }, { state: "restored" }]);
  });

  test("hands its tombstones on when it is purged, so that invoices find them at the level above", async () => {
    const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
    const customer = await fleet.create(reseller.id);
    await removeCustomer(customer);
    fleet.advance(20 * dayMs);
    await removeCustomer(reseller);
    fleet.advance(10 * dayMs);
    // The customer's own grace period is over, also where its reseller is deleted.
    await sweep();
    const stones = async (id: string) =>
      (await dump(fleet.table)).filter(
        ({ pk, kind, id: of }) => kind === "tombstone" && pk === `TOMBSTONES#${id}` && of === customer.id,
      );
    expect([(await stones(reseller.id)).length, (await stones(fleet.provider.id)).length]).toEqual([1, 0]);
    fleet.advance(20 * dayMs);
    await sweep();
    expect([(await stones(reseller.id)).length, (await stones(fleet.provider.id)).length]).toEqual([0, 1]);
    expectRefusal(await fleet.call("restoreCustomer", at(customer.id)), 410, "purged");
  });
});

describe("a deletion is refused", () => {
  test("while accounts are being moved from or to what is to be deleted", async () => {
    const account = await fleet.login();
    const customer = await fleet.get(account.customerId);
    await fleet.setItem(account.customerId, { moveId: "tsk_1" }, `account#/${account.id}`);
    await fleet.setItem(account.customerId, { moveId: "tsk_1" });
    expectRefusal(
      await fleet.call("deleteAccount", { ...at(account.id), query: { confirm: account.username } }),
      409,
      "move_running",
    );
    expectRefusal(await fleet.remove(customer), 409, "move_running");
  });

  test("where one credential has deleted as many customers within the hour as the provider's settings allow", async () => {
    const deletion = { customersPerHour: 3 };
    await fleet.ok("updateSettings", { ...at(fleet.provider.id), body: { deletion } });
    const [thief, other] = [await fleet.key(fleet.resellerId), await fleet.key(fleet.resellerId)];
    const victims = await Promise.all(Array.from({ length: 6 }, () => fleet.customer()));
    const results = await Promise.all(victims.map((victim) => fleet.remove(victim, { token: thief.token })));
    expect(results.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429, 429]);
    const refusal = results.find(({ status }) => status === 429) as Reply;
    expect([refusal.body.code, Number(refusal.headers["retry-after"]) > 0]).toEqual(["deletion_limit", true]);
    const left = victims[results.findIndex(({ status }) => status === 429)] as Body;
    const dry = { ...at(left.id), query: { confirm: left.name, dryRun: "true" } };
    expectRefusal(await fleet.call("deleteCustomer", dry, { token: thief.token }), 429, "deletion_limit");
    expect((await fleet.get(left.id)).deletedAt).toBeNull();
    // Another credential is not concerned, and the next hour is another.
    expect((await fleet.call("deleteCustomer", dry, { token: other.token })).status).toBe(200);
    fleet.advance(hourMs);
    expect((await fleet.remove(left, { token: thief.token })).status).toBe(200);
    await fleet.ok("updateSettings", { ...at(fleet.provider.id), body: { deletion: { customersPerHour: 10_000 } } });
    const seller = { deletion: { customersPerHour: 5 } };
    expectRefusal(await fleet.call("updateSettings", { ...at(fleet.resellerId), body: seller }), 422, "not_applicable");
  });
});

test("a dry run counts what would go, and since when its data are there", async () => {
  const estate = await buildEstate(fleet, { customers: 3, accountsEach: 2, devicesEach: 2, setsEach: 1 });
  const [device, later] = estate.backingUp as [Enrolled, Enrolled];
  const report = async (of: Enrolled, ago: number) => {
    const set = await fleet.ownSet(of);
    const times = { startedAt: fleet.at(-ago - 1_000), endedAt: fleet.at(-ago), bytes: 1, files: 1 };
    const job = { jobId: `job ${ago}`, backupSetId: set.id, type: "backup", status: "succeeded", ...times };
    return fleet.ok("reportJob", { body: { ...job, jobId: `j${ago}` } }, { token: of.token });
  };
  const oldest = await report(device, 5_000);
  await report(device, 1_000);
  await report(later, 2_000);
  const query = { confirm: estate.reseller.name, dryRun: "true" };
  const { preview } = await fleet.ok("deleteCustomer", { ...at(estate.reseller.id), query });
  expect(preview).toEqual({
    nodes: {
      customers: estate.customers.length + 2,
      accounts: estate.accounts.length + 3,
      devices: estate.devices.length + 3,
      backupSets: estate.sets.length + 3,
    },
    usedBytes: 3_000,
    oldestDataAt: oldest.endedAt,
    complete: true,
  });
  expect((await fleet.get(estate.reseller.id)).deletedAt).toBeNull();
});

describe("the deletion report (L7)", () => {
  test("tells of customers, accounts, devices and backup sets: what, how much, by whom, for whom; newest first", async () => {
    const customer = await fleet.customer();
    const device = await fleet.device(customer.id);
    const [set, own] = [await fleet.ownSet(device), await fleet.ownSet(device)];
    await fleet.backup(device);
    await fleet.ok("reportUsage", { body: { usedBytes: 5, measuredAt: fleet.at() } }, { token: device.token });
    await settle();
    const { id: keyId, token } = await fleet.key(fleet.resellerId);
    const by = { token };
    const onBehalfOf = "Ann Smith, ticket 4711";
    const account = await fleet.ok("getAccount", at(device.accountId));
    await fleet.ok("deleteBackupSet", { ...at(set.id), query: { confirm: set.name, onBehalfOf } }, by);
    await fleet.ok("deleteOwnBackupSet", { ...at(own.id), query: { confirm: own.name } }, { token: device.token });
    await fleet.ok("deleteDevice", { ...at(device.id), query: { confirm: device.name, onBehalfOf } }, by);
    await fleet.ok("restoreDevice", at(device.id));
    await fleet.ok("deleteAccount", { ...at(account.id), query: { confirm: account.username } }, by);
    const deleted = await fleet.ok(
      "deleteCustomer",
      { ...at(customer.id), query: { confirm: customer.name, onBehalfOf } },
      by,
    );
    const found = (await reportOf(fleet.resellerId)).slice(0, 5);
    const who = { kind: "apiKey", id: keyId };
    const here = { customerId: customer.id };
    expect(found).toMatchObject([
      {
        ...here,
        kind: "customer",
        nodeId: customer.id,
        name: customer.name,
        level: "end-customer",
        deletedBy: who,
        onBehalfOf,
        usedBytes: 5,
        licences: 0,
        state: "deleted",
        purgeAt: deleted.purgeAt,
      },
      {
        ...here,
        kind: "account",
        nodeId: account.id,
        name: account.username,
        level: null,
        deletedBy: who,
        onBehalfOf: null,
        usedBytes: 5,
        licences: 1,
        deviceCount: 1,
        state: "deleted",
      },
      {
        ...here,
        kind: "device",
        nodeId: device.id,
        deletedBy: who,
        onBehalfOf,
        usedBytes: 5,
        licences: 1,
        state: "restored",
      },
      {
        ...here,
        kind: "backup-set",
        nodeId: own.id,
        deletedBy: { kind: "device", id: device.id },
        usedBytes: null,
        purgeAt: null,
        state: "purged",
      },
      { ...here, kind: "backup-set", nodeId: set.id, deletedBy: who, onBehalfOf, usedBytes: null, state: "purged" },
    ]);
    expect(await fleet.ok("getDeletion", at(deleted.deletionId))).toEqual(found[0]);
    expect((await reportOf(fleet.provider.id)).slice(0, 5)).toEqual(found);
  });

  test("shows a branch its own deletions, and those by the level above without the key", async () => {
    const [one, other] = [
      await fleet.create(fleet.provider.id, { level: "reseller" }),
      await fleet.create(fleet.provider.id, { level: "reseller" }),
    ];
    const [mine, theirs] = [(await fleet.key(one.id)).token, (await fleet.key(other.id)).token];
    const customer = await fleet.create(one.id);
    const { deletionId } = await removeCustomer(customer);
    const { items } = await fleet.ok("listDeletions", at(one.id), { token: mine });
    expect(items).toMatchObject([{ id: deletionId, deletedBy: { kind: "apiKey", id: null } }]);
    expect((await fleet.ok("getDeletion", at(deletionId))).deletedBy.id).toMatch(/^key_/);
    expectRefusal(await fleet.call("getDeletion", at(deletionId), { token: theirs }), 404, "not_found");
    expectRefusal(await fleet.call("listDeletions", at(one.id), { token: theirs }), 404, "not_found");
    expect((await fleet.ok("listDeletions", at(other.id), { token: theirs })).items).toEqual([]);
  });
});

describe("a purge ahead of time", () => {
  const ask = (id: string, token?: string) =>
    fleet.call(
      "requestPurge",
      { ...at(id), body: { reason: "Right to erasure" } },
      token === undefined ? {} : { token },
    );
  const approve = (id: string, token = support) => fleet.call("approvePurge", at(id), { token });

  test("needs one who asks and another of support who approves; then it is due ten minutes after the deletion", async () => {
    const { token, id: keyId } = await fleet.key(fleet.resellerId);
    const account = await fleet.login();
    const device = await fleet.device();
    const customer = await fleet.customer();
    for (const [remove, gone] of [
      [() => removeCustomer(customer), () => fleet.call("getCustomer", at(customer.id))],
      [() => removeAccount(account), () => fleet.call("getAccount", at(account.id))],
      [() => removeDevice(device), () => fleet.call("getDevice", at(device.id))],
    ] as const) {
      const { deletionId } = await remove();
      expectRefusal(await approve(deletionId), 409, "purge_not_requested");
      const asked = await ask(deletionId, token);
      expect([asked.status, asked.body]).toMatchObject([
        202,
        {
          state: "deleted",
          purge: { reason: "Right to erasure", requestedBy: { kind: "apiKey", id: keyId }, approvedAt: null },
        },
      ]);
      await sweep();
      expect((await gone()).status).toBe(200);
      expectRefusal(await approve(deletionId, token), 403, "forbidden");
      const approved = await approve(deletionId);
      const { purgeAt, deletedAt } = approved.body;
      // Changes that were worked out before the deletion come to their end first.
      expect(Date.parse(purgeAt) - Date.parse(deletedAt)).toBeGreaterThanOrEqual(10 * 60_000);
      expect((await sweep()) as object).toMatchObject({ complete: 0 });
      fleet.advance(10 * 60_000);
      await sweep();
      expect((await gone()).status).toBe(404);
      expect(await fleet.ok("getDeletion", at(deletionId))).toMatchObject({ state: "purged" });
      expectRefusal(await ask(deletionId, token), 410, "purged");
      expectRefusal(await approve(deletionId), 410, "purged");
    }
  });

  test("is not asked for by a seller that the customer was moved away from, who only reads what was deleted in its time", async () => {
    const [left, found] = [
      await fleet.create(fleet.provider.id, { level: "reseller" }),
      await fleet.create(fleet.provider.id, { level: "reseller" }),
    ];
    const [theirs, others] = [(await fleet.key(left.id)).token, (await fleet.key(found.id)).token];
    const customer = await fleet.create(left.id);
    const account = await fleet.login({ customerId: customer.id });
    const { deletionId } = await removeAccount(account);
    await fleet.ok("moveCustomer", { ...at(customer.id), body: { parentId: found.id } });
    expectRefusal(await ask(deletionId, theirs), 404, "not_found");
    expectRefusal(await ask(deletionId, others), 404, "not_found");
    expect((await fleet.ok("getDeletion", at(deletionId), { token: theirs })).purge).toBeNull();
    expect((await ask(deletionId, (await fleet.key(customer.id)).token)).status).toBe(202);
    expect((await ask(deletionId)).status).toBe(202);
  });

  test("is not approved with a key that the one who asks has made, nor by whoever made the key that asks", async () => {
    const { deletionId } = await removeCustomer(await fleet.customer());
    // The provider's first key has made the key of support.
    await ask(deletionId);
    expectRefusal(await approve(deletionId), 409, "second_person_needed");
    const { body } = await ask(deletionId, (await fleet.key(fleet.resellerId)).token);
    expect(body.purge.approvedAt).toBeNull();
    expect((await approve(deletionId)).status).toBe(200);
  });

  test("that was approved is void once what was deleted has been restored", async () => {
    const customer = await fleet.customer();
    const { deletionId } = await removeCustomer(customer);
    await ask(deletionId, (await fleet.key(fleet.resellerId)).token);
    await fleet.ok("restoreCustomer", at(customer.id));
    expectRefusal(await approve(deletionId), 409, "not_deleted");
    expectRefusal(await ask(deletionId), 409, "not_deleted");
    await sweep();
    expect((await fleet.get(customer.id)).deletedAt).toBeNull();
  });
});
