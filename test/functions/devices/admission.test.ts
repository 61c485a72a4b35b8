import { beforeAll, describe, expect, test, vi } from "vitest";
import { costsOf, type Reply } from "../../support/api.ts";
import { dayMs, expectRefusal, gigabyte } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

type Body = Reply["body"];
interface Place {
  device: Enrolled;
  resellerId: string;
  customerId: string;
  accountId: string;
  /** A key of the customer's own people. */
  token: string;
}

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});

/** A reseller with a customer with a device, which has drawn no licence yet. */
const place = async (more: object = {}, ofReseller: object = {}): Promise<Place> => {
  const { id: resellerId } = await fleet.create(fleet.provider.id, { level: "reseller", ...ofReseller });
  const { id: customerId } = await fleet.create(resellerId, { autoAuthorize: true, ...more });
  const device = await fleet.device(customerId);
  const { token } = await fleet.key(customerId, "viewer");
  return { device, resellerId, customerId, accountId: device.accountId, token };
};
const explain = (device: { id: string }, query: Record<string, string> = {}, token = fleet.token) =>
  fleet.ok("explainAdmission", { params: { id: device.id }, query }, { token });
/** An update by itself only notes when a person's key was used last. */
const isWrite = (call: string): boolean => /Transact|Put|Delete/.test(call);

/** What an agent hears, which people of its customer are told alike; a refusal writes nothing. */
async function reasonsOf({ device, token }: Pick<Place, "device" | "token">, estimatedBytes?: number): Promise<Body[]> {
  let reply: Reply | undefined;
  const calls = await fleet.callsDuring(async () => {
    reply = await fleet.backup(device, estimatedBytes === undefined ? {} : { estimatedBytes });
    const query: Record<string, string> =
      estimatedBytes === undefined ? {} : { estimatedBytes: String(estimatedBytes) };
    const told = await explain(device, query, token);
    expect([told.allowed, told.reasons]).toEqual([reply.body.allowed, reply.body.reasons]);
    expect(told.drawsLicence).toBe(false);
  });
  expect(reply?.status).toBe(200);
  expect([reply?.body.allowed, reply?.body.grant]).toEqual([false, null]);
  expect(calls.filter(isWrite)).toEqual([]);
  return reply?.body.reasons;
}
const allowed = async (device: { token: string }, body: object = {}): Promise<Body> => {
  const reply = await fleet.backup(device, body);
  expect([reply.status, reply.body.allowed, reply.body.reasons]).toEqual([200, true, []]);
  return reply.body.grant;
};
const patchAccount = (id: string, body: object) => fleet.ok("updateAccount", { params: { id }, body });
const setAccount = (customerId: string, id: string, set: object) =>
  fleet.setItem(customerId, { ...set }, `account#/${id}`);
const licences = async (id: string) => (await fleet.get(id)).licences;

describe("a device that may back up", () => {
  test("is told where to, how fast, with which rights and for how long", async () => {
    const { device, customerId } = await place({ country: "CH" });
    const before = fleet.now();
    const grant = await allowed(device, { estimatedBytes: 1_000 });
    expect(grant).toEqual({
      id: expect.stringMatching(/^[a-z]{3}_[0-9A-Z]{26}$/),
      location: "CH",
      region: "eu-central-2",
      bucket: "tenantry-test-vault-ch-111122223333",
      prefix: `${customerId}/${device.id}/`,
      inheritedPrefixes: [],
      endpoint: "https://s3.eu-central-2.amazonaws.com",
      storageServerId: null,
      throttle: { bytesPerSecond: null, until: null, source: { id: null, level: "default" } },
      rights: { openFileBackup: true, versioning: true },
      credentials: {
        accessKeyId: expect.stringMatching(/^ASIA/),
        secretAccessKey: expect.any(String),
        sessionToken: expect.any(String),
        expiresAt: expect.any(String),
        prefixes: [`${customerId}/${device.id}/`],
      },
      expiresAt: expect.any(String),
    });
    expect(Date.parse(grant.expiresAt)).toBeGreaterThanOrEqual(before + dayMs);
    expect((await allowed(device)).id).not.toBe(grant.id);
  });

  test("of a software-only customer gets no bucket: the storage is the customer's own", async () => {
    const { device, customerId } = await place({ serviceType: "software-only" });
    expect(await allowed(device)).toMatchObject({
      location: "DE",
      region: null,
      bucket: null,
      endpoint: null,
      prefix: `${customerId}/${device.id}/`,
    });
  });

  test.each([
    ["basic", "server", { openFileBackup: false, versioning: false }],
    ["basic", "laptop", { openFileBackup: true, versioning: false }],
    ["select", "server", { openFileBackup: true, versioning: true }],
    ["trial", "workstation", { openFileBackup: true, versioning: true }],
  ])("has the rights of its plan: %s on a %s", async (plan, kind, rights) => {
    const { id } = await fleet.customer();
    const { token: enrolmentKey } = await fleet.enrolmentKey(id, { plan });
    const { body } = await fleet.enrol({ enrolmentKey }, { kind });
    expect((await allowed(body)).rights).toEqual(rights);
  });

  test("asks in 2 round trips, and in 3 the one time that it draws a licence", async () => {
    const { device, token } = await place();
    const set = await fleet.ownSet(device);
    const body = { estimatedBytes: 5, backupSetId: set.id };
    const trips: number[] = [];
    const writes: string[][] = [];
    for (let time = 0; time < 3; time += 1) {
      const calls = await fleet.callsDuring(async () => {
        trips.push(costsOf(await fleet.backup(device, body)).roundTrips);
      });
      writes.push(calls.filter(isWrite));
    }
    expect(trips[0]).toBeLessThanOrEqual(3);
    for (const later of trips.slice(1)) expect(later).toBeLessThanOrEqual(2);
    expect(writes).toEqual([["TransactWriteItemsCommand"], [], []]);
    const told = await fleet.call("explainAdmission", { params: { id: device.id } }, { token });
    expect(costsOf(told).roundTrips).toBeLessThanOrEqual(3);
  });

  test("that asks only in rehearsal draws nothing", async () => {
    const { device, customerId } = await place();
    const calls = await fleet.callsDuring(async () => {
      const reply = await fleet.backup(device, {}, { dryRun: "true" });
      expect(reply.body.allowed).toBe(true);
    });
    expect(calls.filter(isWrite)).toEqual([]);
    expect((await fleet.getDevice(device.id)).licensed).toBe(false);
    expect((await licences(customerId)).used).toBe(0);
  });

  test.each([[-1], [0.5], [2 ** 53], [1e300]])("does not estimate to add %d bytes", async (estimatedBytes) => {
    const { device } = await place();
    expectRefusal(await fleet.backup(device, { estimatedBytes }), 422, "invalid_figure", "estimatedBytes");
  });
  test("estimates in numbers", async () => {
    const { device } = await place();
    for (const estimatedBytes of ["5", null, [5]])
      expectRefusal(await fleet.backup(device, { estimatedBytes }), 400, "invalid_request", "estimatedBytes");
    for (const estimatedBytes of ["-1", "1.5", "five", "1".repeat(17)]) {
      const reply = await fleet.call("explainAdmission", { params: { id: device.id }, query: { estimatedBytes } });
      expectRefusal(reply, 400, "invalid_request", "estimatedBytes");
    }
    const query = { estimatedBytes: "9007199254740993" };
    const reply = await fleet.call("explainAdmission", { params: { id: device.id }, query });
    expectRefusal(reply, 422, "invalid_figure", "estimatedBytes");
  });

  test("does not ask for another device's backup set", async () => {
    const [one, other] = [await place(), await place()];
    const sibling = await fleet.device(one.customerId);
    for (const owner of [sibling, other.device]) {
      const { id: backupSetId } = await fleet.ownSet(owner);
      expectRefusal(await fleet.backup(one.device, { backupSetId }), 404, "not_found");
    }
    const calls = await fleet.callsDuring(() => fleet.backup(one.device, { backupSetId: `set_${"0".repeat(26)}` }));
    expect(calls.filter(isWrite)).toEqual([]);
    expect((await fleet.getDevice(one.device.id)).licensed).toBe(false);
  });
});

describe("a device hears why it may not back up:", () => {
  const above = (code: string, level: string) => ({ code, level, nodeId: null });

  test("its customer is inactive, or a level above, of which only the level is told", async () => {
    const one = await place();
    await fleet.ok("deactivateCustomer", { params: { id: one.customerId } });
    expect(await reasonsOf(one)).toEqual([{ code: "inactive", level: "end-customer", nodeId: one.customerId }]);
    await fleet.ok("activateCustomer", { params: { id: one.customerId } });
    await fleet.ok("deactivateCustomer", { params: { id: one.resellerId } });
    expect(await reasonsOf(one)).toEqual([above("inactive", "reseller")]);
    expect((await explain(one.device)).reasons).toEqual([
      { code: "inactive", level: "reseller", nodeId: one.resellerId },
    ]);
    await fleet.setItem(fleet.provider.id, { active: false });
    expect(await reasonsOf(one)).toEqual([above("inactive", "reseller"), above("inactive", "provider")]);
    await fleet.setItem(fleet.provider.id, { active: true });
    await fleet.ok("activateCustomer", { params: { id: one.resellerId } });
    await allowed(one.device);
  });

  test("its customer is deleted, or a level above", async () => {
    const [one, other] = [await place(), await place()];
    await fleet.remove(await fleet.get(one.customerId));
    const calls = await fleet.callsDuring(async () => {
      expect((await fleet.backup(one.device)).body.reasons).toEqual([
        { code: "deleted", level: "end-customer", nodeId: one.customerId },
      ]);
    });
    expect(calls.filter(isWrite)).toEqual([]);
    expect((await explain(one.device)).reasons).toEqual([
      { code: "deleted", level: "end-customer", nodeId: one.customerId },
    ]);
    await fleet.remove(await fleet.get(other.resellerId));
    expect((await fleet.backup(other.device)).body.reasons).toEqual([above("deleted", "reseller")]);
  });

  test("its account is suspended or deleted, or the parent of its account", async () => {
    const one = await place();
    const second = await fleet.device(one.customerId);
    const sub = { device: second, token: one.token };
    await patchAccount(second.accountId, { active: false });
    const suspended = (nodeId: string) => ({ code: "account_suspended", level: "account", nodeId });
    expect(await reasonsOf(sub)).toEqual([suspended(second.accountId)]);
    await allowed(one.device);
    await patchAccount(one.accountId, { active: false });
    expect(await reasonsOf(one)).toEqual([suspended(one.accountId)]);
    expect(await reasonsOf(sub)).toEqual([suspended(second.accountId), suspended(one.accountId)]);
    await patchAccount(second.accountId, { active: true });
    expect(await reasonsOf(sub)).toEqual([suspended(one.accountId)]);
    await patchAccount(one.accountId, { active: true });
    const deletedAt = { deletedAt: fleet.at() };
    await setAccount(one.customerId, one.accountId, deletedAt);
    const deleted = (nodeId: string) => ({ code: "deleted", level: "account", nodeId });
    expect(await reasonsOf(sub)).toEqual([deleted(one.accountId)]);
    await setAccount(one.customerId, second.accountId, deletedAt);
    expect(await reasonsOf(sub)).toEqual([deleted(second.accountId), deleted(one.accountId)]);
  });

  test("the trial of its account has ended, to the second, and a sub-account is in trial with its parent", async () => {
    const { id: customerId } = await fleet.customer();
    const { token: enrolmentKey } = await fleet.enrolmentKey(customerId, { plan: "trial" });
    const devices = [];
    for (let count = 0; count < 2; count += 1) devices.push((await fleet.enrol({ enrolmentKey })).body);
    const { token } = await fleet.key(customerId, "viewer");
    const parent = devices[0].device.accountId;
    for (const { device, token: own } of devices) await allowed({ ...device, token: own });
    const { endsAt } = (await fleet.ok("getAccount", { params: { id: parent } })).trial;
    fleet.advance(Date.parse(endsAt) - fleet.now() - 60_000);
    await allowed(devices[1]);
    fleet.advance(60_000);
    for (const { device, token: own } of devices)
      expect(await reasonsOf({ device: { ...device, token: own }, token })).toEqual([
        { code: "trial_ended", level: "account", nodeId: parent },
      ]);
    // Whoever has bought is in trial no longer.
    await patchAccount(parent, { plan: "select" });
    await allowed(devices[1]);
  });

  test("its account has a password that must be changed first", async () => {
    const one = await place();
    await setAccount(one.customerId, one.accountId, { mustChangePassword: true });
    expect(await reasonsOf(one)).toEqual([
      { code: "password_change_required", level: "account", nodeId: one.accountId },
    ]);
  });

  test("it is itself suspended or deleted", async () => {
    const one = await place();
    const { id } = one.device;
    await fleet.ok("deactivateDevice", { params: { id } });
    expect(await reasonsOf(one)).toEqual([{ code: "device_suspended", level: "device", nodeId: id }]);
    await fleet.ok("activateDevice", { params: { id } });
    await allowed(one.device);
    await fleet.ok("deleteDevice", { params: { id }, query: { confirm: one.device.name } });
    expect(await reasonsOf(one)).toEqual([{ code: "deleted", level: "device", nodeId: id }]);
  });

  test("the space of its customer, or of a level above, does not hold what it would add", async () => {
    const one = await place({ space: { limitBytes: 100 } }, { space: { limitBytes: 1_000 } });
    await fleet.setItem(one.customerId, { usedBytes: 90 });
    await allowed(one.device, { estimatedBytes: 10 });
    expect(await reasonsOf(one, 11)).toEqual([
      { code: "space_exceeded", level: "end-customer", nodeId: one.customerId, limit: 100, used: 90, requested: 11 },
    ]);
    await fleet.setItem(one.customerId, { usedBytes: 101 });
    expect(await reasonsOf(one)).toEqual([
      { code: "space_exceeded", level: "end-customer", nodeId: one.customerId, limit: 100, used: 101, requested: 0 },
    ]);
    await fleet.setItem(one.customerId, { usedBytes: 0 });
    await fleet.setItem(one.resellerId, { usedBytes: 995 });
    expect(await reasonsOf(one, 6)).toEqual([above("space_exceeded", "reseller")]);
    expect((await explain(one.device, { estimatedBytes: "6" })).reasons).toEqual([
      { code: "space_exceeded", level: "reseller", nodeId: one.resellerId, limit: 1_000, used: 995, requested: 6 },
    ]);
    await allowed(one.device, { estimatedBytes: 5 });
  });

  test("its account's quota does not: the hard one, the user's or that of a trial", async () => {
    const one = await place();
    const quota = (limit: number, used: number, requested: number) => [
      { code: "quota_exceeded", level: "account", nodeId: one.accountId, limit, used, requested },
    ];
    await setAccount(one.customerId, one.accountId, { usedBytes: 50 });
    await patchAccount(one.accountId, { hardQuotaBytes: 100 });
    await allowed(one.device, { estimatedBytes: 50 });
    expect(await reasonsOf(one, 51)).toEqual(quota(100, 50, 51));
    await patchAccount(one.accountId, { userQuotaBytes: 60 });
    expect(await reasonsOf(one, 11)).toEqual(quota(60, 50, 11));
    await patchAccount(one.accountId, { hardQuotaBytes: null, userQuotaBytes: null });
    await allowed(one.device, { estimatedBytes: gigabyte });
    await patchAccount(one.accountId, { plan: "trial" });
    expect(await reasonsOf(one, gigabyte)).toEqual(quota(512 * 1024 * 1024, 50, gigabyte));
  });

  test("its site has limits, and the end-customer above whose limits count as well", async () => {
    const one = await place({ space: { limitBytes: 100 } });
    const { id: siteId } = await fleet.create(one.customerId, { autoAuthorize: true });
    const device = await fleet.device(siteId);
    await fleet.setItem(one.customerId, { usedBytes: 100 });
    expect(await reasonsOf({ device, token: one.token }, 1)).toEqual([
      { code: "space_exceeded", level: "end-customer", nodeId: one.customerId, limit: 100, used: 100, requested: 1 },
    ]);
    await fleet.ok("deactivateCustomer", { params: { id: one.customerId } });
    await fleet.ok("deactivateCustomer", { params: { id: siteId } });
    expect((await reasonsOf({ device, token: one.token })).map(({ code, level }) => [code, level])).toEqual([
      ["inactive", "site"],
      ["inactive", "end-customer"],
    ]);
    const { prefix } = await allowed((await place()).device);
    expect(prefix).toBeTypeOf("string");
  });

  test("everything is wrong at once, and everything is told, with all figures to those who see them", async () => {
    const one = await place({ space: { limitBytes: 100 } }, { space: { limitBytes: 1_000 } });
    const { id: siteId } = await fleet.create(one.customerId, { autoAuthorize: true });
    const parent = await fleet.device(siteId);
    const device = await fleet.device(siteId);
    await fleet.ok("deactivateDevice", { params: { id: device.id } });
    await setAccount(siteId, parent.accountId, { active: false, deletedAt: fleet.at() });
    await setAccount(siteId, device.accountId, {
      active: false,
      mustChangePassword: true,
      hardQuotaBytes: 10,
      usedBytes: 9,
    });
    await fleet.setItem(siteId, { active: false, spaceLimit: 50, usedBytes: 49 });
    await fleet.setItem(one.customerId, {
      active: false,
      usedBytes: 99,
      licenceLimit: 3,
      licenceDrawn: 3,
      licenceFree: 0,
    });
    await fleet.setItem(one.resellerId, { active: false, usedBytes: 999 });
    const full = [
      { code: "device_suspended", level: "device", nodeId: device.id },
      { code: "account_suspended", level: "account", nodeId: device.accountId },
      { code: "deleted", level: "account", nodeId: parent.accountId },
      { code: "account_suspended", level: "account", nodeId: parent.accountId },
      { code: "password_change_required", level: "account", nodeId: device.accountId },
      { code: "quota_exceeded", level: "account", nodeId: device.accountId, limit: 10, used: 9, requested: 2 },
      { code: "inactive", level: "site", nodeId: siteId },
      { code: "space_exceeded", level: "site", nodeId: siteId, limit: 50, used: 49, requested: 2 },
      { code: "inactive", level: "end-customer", nodeId: one.customerId },
      { code: "space_exceeded", level: "end-customer", nodeId: one.customerId, limit: 100, used: 99, requested: 2 },
      { code: "licence_exhausted", level: "end-customer", nodeId: one.customerId, limit: 3, used: 3, requested: 1 },
      { code: "inactive", level: "reseller", nodeId: one.resellerId },
      { code: "space_exceeded", level: "reseller", nodeId: one.resellerId, limit: 1_000, used: 999, requested: 2 },
    ];
    const byText = (reasons: Body[]) => reasons.map((reason) => JSON.stringify(Object.entries(reason).sort())).sort();
    const seen = full.map((reason) =>
      reason.level === "reseller" ? { code: reason.code, level: reason.level, nodeId: null } : reason,
    );
    expect(byText(await reasonsOf({ device, token: one.token }, 2))).toEqual(byText(seen));
    expect(byText((await explain(device, { estimatedBytes: "2" })).reasons)).toEqual(byText(full));
    const { token } = await fleet.key(siteId, "viewer");
    const bySite = (await explain(device, { estimatedBytes: "2" }, token)).reasons;
    expect(byText(bySite)).toEqual(
      byText(
        full.map((reason) =>
          ["reseller", "end-customer"].includes(reason.level)
            ? { code: reason.code, level: reason.level, nodeId: null }
            : reason,
        ),
      ),
    );
  });
});

describe("a licence", () => {
  test("is drawn once in a device's life, and goes back when it is deleted", async () => {
    const { device, customerId, resellerId } = await place();
    expect(await explain(device)).toMatchObject({ allowed: true, drawsLicence: true });
    expect(await licences(customerId)).toMatchObject({ used: 0, usedToDate: 0 });
    for (let time = 0; time < 3; time += 1) await allowed(device);
    expect(await explain(device)).toMatchObject({ allowed: true, drawsLicence: false });
    expect((await fleet.getDevice(device.id)).licensed).toBe(true);
    expect(await licences(customerId)).toMatchObject({ limit: null, used: 1, usedToDate: 1 });
    const { items } = await fleet.ok("listLog", { params: { id: resellerId } });
    const drawn = items.filter(({ type }: Body) => type === "LicenceDrawn");
    expect(drawn).toMatchObject([{ node: { id: device.id }, actor: { kind: "device", id: device.id } }]);
    const provider = await fleet.item(fleet.provider.id);
    for (let time = 0; time < 2; time += 1)
      await fleet.ok("deleteDevice", { params: { id: device.id }, query: { confirm: device.name } });
    expect(await licences(customerId)).toMatchObject({ used: 0, usedToDate: 1 });
    expect((await fleet.item(fleet.provider.id)).licenceDrawn).toBe(provider.licenceDrawn - 1);
    expect((await fleet.get(customerId)).deviceCount).toBe(0);
  });

  test("comes from the nearest restricted pool, and from the provider where none is nearer", async () => {
    const drawnOf = async (id: string) => (await fleet.item(id)).licenceDrawn ?? 0;
    const chain = async (one: Place) => [
      await drawnOf(one.customerId),
      await drawnOf(one.resellerId),
      await drawnOf(fleet.provider.id),
    ];
    const grown = async (one: Place): Promise<number[]> => {
      const before = await chain(one);
      await allowed(one.device);
      return (await chain(one)).map((drawn, index) => drawn - (before[index] ?? 0));
    };
    expect(await grown(await place())).toEqual([1, 1, 1]);
    expect(await grown(await place({}, { licences: { limit: 2 } }))).toEqual([1, 1, 0]);
    expect(await grown(await place({ licences: { limit: 1 } }, { licences: { limit: 2 } }))).toEqual([1, 0, 0]);
  });

  test("that is the last of its pool is followed by none, until the number is raised or a device ends", async () => {
    const one = await place({ licences: { limit: 1 } });
    const second = { device: await fleet.device(one.customerId), token: one.token };
    await allowed(one.device);
    const exhausted = (limit: number, used: number) => [
      { code: "licence_exhausted", level: "end-customer", nodeId: one.customerId, limit, used, requested: 1 },
    ];
    expect(await reasonsOf(second)).toEqual(exhausted(1, 1));
    await allowed(one.device);
    expect(await licences(one.customerId)).toMatchObject({ limit: 1, used: 1, available: 0 });
    expectRefusal(
      await fleet.patch(one.customerId, { licences: { limit: 0 } }),
      422,
      "limit_below_committed",
      "licences.limit",
    );
    await fleet.patch(one.customerId, { licences: { limit: 2 } });
    await allowed(second.device);
    const third = { device: await fleet.device(one.customerId), token: one.token };
    expect(await reasonsOf(third)).toEqual(exhausted(2, 2));
    await fleet.ok("deleteDevice", { params: { id: one.device.id }, query: { confirm: one.device.name } });
    await allowed(third.device);
    expect(await licences(one.customerId)).toMatchObject({ used: 2, usedToDate: 3, available: 0 });
  });

  test("of a reseller's pool is refused without its figures, which people above are told", async () => {
    const one = await place({}, { licences: { limit: 0 } });
    expect(await reasonsOf(one)).toEqual([{ code: "licence_exhausted", level: "reseller", nodeId: null }]);
    expect((await explain(one.device)).reasons).toEqual([
      { code: "licence_exhausted", level: "reseller", nodeId: one.resellerId, limit: 0, used: 0, requested: 1 },
    ]);
  });

  test("is not drawn twice by a device that asks several times at once", { timeout: 60_000 }, async () => {
    const { device, customerId } = await place({ licences: { limit: 5 } });
    const replies = await Promise.all(Array.from({ length: 6 }, () => fleet.backup(device)));
    for (const { status } of replies) expect([200, 409, 503]).toContain(status);
    expect(await licences(customerId)).toMatchObject({ used: 1, usedToDate: 1, available: 4 });
  });

  test("stays with a device that is suspended", async () => {
    const { device, customerId } = await place();
    await allowed(device);
    await fleet.ok("deactivateDevice", { params: { id: device.id } });
    expect((await licences(customerId)).used).toBe(1);
  });
});

describe("the throttle of a grant", () => {
  const own = (bytesPerSecond: number) => ({ mode: "own", enabled: true, always: true, bytesPerSecond });

  test("is that of the nearest level that has its own: set, device, customer, reseller, provider", async () => {
    const one = await place();
    const { id: backupSetId } = await fleet.ownSet(one.device);
    const throttle = async () => (await allowed(one.device, { backupSetId })).throttle;
    const settings = (id: string, bytesPerSecond: number | null) =>
      fleet.ok("updateSettings", {
        params: { id },
        body: { throttle: bytesPerSecond === null ? null : own(bytesPerSecond) },
      });
    expect(await throttle()).toEqual({ bytesPerSecond: null, until: null, source: { id: null, level: "default" } });
    await settings(fleet.provider.id, 1);
    expect(await throttle()).toEqual({ bytesPerSecond: 1, until: null, source: { id: null, level: "provider" } });
    await settings(one.resellerId, 2);
    expect(await throttle()).toEqual({ bytesPerSecond: 2, until: null, source: { id: null, level: "reseller" } });
    expect((await explain(one.device)).throttle.source).toEqual({ id: one.resellerId, level: "reseller" });
    await settings(one.customerId, 3);
    const ofCustomer = { id: one.customerId, level: "end-customer" };
    expect(await throttle()).toEqual({ bytesPerSecond: 3, until: null, source: ofCustomer });
    const { id } = one.device;
    await fleet.ok("updateDevice", { params: { id }, body: { throttle: own(4) } });
    expect(await throttle()).toEqual({ bytesPerSecond: 4, until: null, source: { id, level: "device" } });
    const body = { throttle: own(5) };
    await fleet.ok("updateBackupSet", { params: { id: backupSetId }, body });
    const ofSet = { id: backupSetId, level: "backup-set" };
    expect(await throttle()).toEqual({ bytesPerSecond: 5, until: null, source: ofSet });
    // Without a set, and to people, the device's applies.
    expect((await allowed(one.device)).throttle.bytesPerSecond).toBe(4);
    expect((await explain(one.device, {}, one.token)).throttle).toMatchObject({ bytesPerSecond: 4 });
    await fleet.ok("updateBackupSet", { params: { id: backupSetId }, body: { throttle: { mode: "inherit" } } });
    expect((await throttle()).bytesPerSecond).toBe(4);
    await settings(fleet.provider.id, null);
  });

  test("lasts until its window ends, by the clocks of the customer", async () => {
    const one = await place({ timezone: "Europe/Berlin" });
    const clock = (aheadMs: number) =>
      new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Berlin", timeStyle: "short" }).format(fleet.now() + aheadMs);
    const throttle = {
      mode: "own",
      enabled: true,
      always: false,
      from: clock(-3_600_000),
      to: clock(3_600_000),
      bytesPerSecond: 9,
    };
    await fleet.ok("updateSettings", { params: { id: one.customerId }, body: { throttle } });
    const told = (await allowed(one.device)).throttle;
    expect(told.bytesPerSecond).toBe(9);
    expect(Math.abs(Date.parse(told.until) - fleet.now() - 3_600_000)).toBeLessThanOrEqual(61_000);
  });
});
