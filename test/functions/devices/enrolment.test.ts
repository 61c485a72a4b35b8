import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Reply } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet, type Proof } from "../stages/fleet.ts";
import { forged } from "../../support/forged.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

let fleet: Fleet;
/** How long whoever sent a wrong key was made to wait, in milliseconds. */
let waits: number[] = [];
const windowMs = 15 * 60_000;
beforeAll(async () => {
  const realTimeout = globalThis.setTimeout;
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms = 0, ...rest: []) => {
    const ofKeys = new Error().stack?.includes("agent/entrant.ts") === true;
    if (ofKeys) waits.push(ms);
    return realTimeout(work, ofKeys ? 0 : ms, ...rest);
  }) as typeof setTimeout);
  fleet = await openFleet();
});
beforeEach(() => {
  // All requests come from one address, whose failures of other tests are forgotten.
  fleet.advance(windowMs);
  waits = [];
});

const wrongKey = `te_${"0".repeat(26)}_${"A".repeat(43)}`;
/** An answer as a stranger sees it: all but what tells one request from another. */
const seen = ({ status, headers, body }: Reply) => {
  const { "x-request-id": _, "server-timing": __, ...rest } = headers;
  return JSON.stringify({ status, headers: rest, body: { ...body, requestId: "" } });
};
const admitted = (reply: Reply, status: 200 | 201 | 202 = 201): Enrolled => {
  expect([reply.status, reply.body.code]).toEqual([status, undefined]);
  return { ...reply.body.device, token: reply.body.token };
};
const keyProof = async (customerId: string, more?: object): Promise<{ enrolmentKey: string }> => ({
  enrolmentKey: (await fleet.enrolmentKey(customerId, more)).token,
});
const loginProof = ({ username, password }: { username: string; password: string }): Proof => ({ username, password });
const approve = (id: string, body: object = {}) => fleet.call("approveDevice", { params: { id }, body });
const account = (id: string) => fleet.ok("getAccount", { params: { id } });
const devicesOf = async (customerId: string) =>
  (await fleet.ok("listDevices", { query: { customerId, limit: "200" } })).items;
const typesOf = async (nodeId: string): Promise<string[]> => (await fleet.logged(nodeId)).map(({ type }) => type);
const expectToken = async (token: string, status: number) =>
  expect((await fleet.call("listOwnBackupSets", {}, { token })).status).toBe(status);

describe("a computer that enrols by a key", () => {
  test("becomes a device with an account of its own, on the key's plan, where the customer authorises by itself", async () => {
    const { id: customerId } = await fleet.customer();
    const key = await fleet.enrolmentKey(customerId);
    const first = admitted(await fleet.enrol({ enrolmentKey: key.token }, { name: "PC of Ann", kind: "server" }));
    expect(first).toMatchObject({
      customerId,
      name: "PC of Ann",
      kind: "server",
      state: "active",
      licensed: false,
      attention: [],
      storageLocation: "DE",
      lastSuccessAt: null,
    });
    const second = admitted(await fleet.enrol({ enrolmentKey: key.token }));
    const [parent, sub] = [await account(first.accountId), await account(second.accountId)];
    expect([parent.plan, parent.parentAccountId, parent.deviceCount]).toEqual(["select", null, 1]);
    expect([sub.plan, sub.parentAccountId, sub.deviceCount]).toEqual(["select", parent.id, 1]);
    expect((await fleet.get(customerId)).deviceCount).toBe(2);
    const { items } = await fleet.ok("listEnrolmentKeys", { params: { id: customerId } });
    expect(items).toMatchObject([{ id: key.id, uses: 2, state: "active" }]);
    expect(JSON.stringify(items)).not.toContain(key.token.slice(-43));
    const actor = { kind: "enrolmentKey", id: key.id };
    expect(await fleet.logged(first.id)).toMatchObject([{ type: "DeviceEnrolled", actor }]);
    expect(await fleet.logged(first.accountId)).toMatchObject([{ type: "AccountCreated", actor }]);
    await expectToken(first.token, 200);
  });

  test("waits where the customer does not, counts nowhere, and may do nothing but ask", async () => {
    const { id: customerId } = await fleet.customer({ autoAuthorize: false });
    const proof = await keyProof(customerId);
    const device = admitted(await fleet.enrol(proof), 202);
    expect(device).toMatchObject({ state: "pending", accountId: null, attention: [{ code: "pending" }] });
    expect((await fleet.get(customerId)).deviceCount).toBe(0);
    expect((await fleet.ok("listAccounts", { query: { customerId } })).items).toEqual([]);
    expect((await fleet.backup(device)).body).toEqual({
      allowed: false,
      grant: null,
      reasons: [{ code: "device_pending", level: "device", nodeId: device.id }],
    });
    const { token } = device;
    expectRefusal(
      await fleet.call("createOwnBackupSet", { body: fleet.setInput() }, { token }),
      409,
      "device_not_pending",
    );
    const usage = { usedBytes: 1, measuredAt: fleet.at() };
    expectRefusal(await fleet.call("reportUsage", { body: usage }, { token }), 409, "device_not_pending");
    expect((await fleet.call("listOwnBackupSets", {}, { token })).body.items).toEqual([]);
    for (const operation of ["activateDevice", "deactivateDevice"] as const)
      expectRefusal(await fleet.call(operation, { params: { id: device.id } }), 409, "device_not_pending");
  });

  test("waits where the key names no plan and the customer's accounts do not decide it", async () => {
    const { id: customerId } = await fleet.customer();
    const proof = await keyProof(customerId, { plan: undefined });
    const none = admitted(await fleet.enrol(proof), 202);
    expectRefusal(await approve(none.id), 422, "plan_required", "plan");
    await fleet.login({ customerId, plan: "basic" });
    const one = admitted(await fleet.enrol(proof));
    expect((await account(one.accountId)).plan).toBe("basic");
    await fleet.login({ customerId, plan: "select" });
    admitted(await fleet.enrol(proof), 202);
    expect((await approve(none.id, { plan: "select" })).status).toBe(200);
  });

  test("of a reseller lands in its Default Customer, which decides whether it waits", async () => {
    const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
    const { items } = await fleet.ok("listCustomers", { query: { parentId: reseller.id } });
    const { id: defaultId } = items.find(({ isDefault }: { isDefault: boolean }) => isDefault);
    const proof = await keyProof(reseller.id);
    expect(admitted(await fleet.enrol(proof), 202).customerId).toBe(defaultId);
    await fleet.patch(defaultId, { autoAuthorize: true });
    const device = admitted(await fleet.enrol(proof));
    expect(device.customerId).toBe(defaultId);
    expect((await account(device.accountId)).customerId).toBe(defaultId);
  });

  test("of a site belongs to the site", async () => {
    const { id: endCustomer } = await fleet.customer();
    const site = await fleet.create(endCustomer, { autoAuthorize: true });
    expect(admitted(await fleet.enrol(await keyProof(site.id))).customerId).toBe(site.id);
  });
});

describe("an enrolment key", () => {
  test.each(["distributor", "sub-distributor"] as const)("is not for a %s", async (level) => {
    const at = await fleet.line();
    const reply = await fleet.call("createEnrolmentKey", { params: { id: at[level].id }, body: { name: "k" } });
    expectRefusal(reply, 422, "not_applicable", "id");
  });

  test("is refused with a plan that is unknown, an expiry in the past, and figures that cannot be", async () => {
    const { id } = await fleet.customer();
    const make = (more: object) =>
      fleet.call("createEnrolmentKey", { params: { id }, body: { name: "Office", ...more } });
    expectRefusal(await make({ plan: "gold" }), 422, "plan_unknown", "plan");
    expectRefusal(await make({ expiresAt: fleet.at(-1) }), 422, "expiry_in_past", "expiresAt");
    for (const maxUses of [0, -1, 1.5, 100_001, "5"])
      expectRefusal(await make({ maxUses }), 400, "invalid_request", "maxUses");
    expectRefusal(await make({ name: "" }), 400, "invalid_request", "name");
  });

  test("shows what it is good for: active, used up, expired, revoked", async () => {
    const { id } = await fleet.customer();
    const key = await fleet.enrolmentKey(id, { maxUses: 1, expiresAt: fleet.at(60_000) });
    const state = async () => (await fleet.ok("listEnrolmentKeys", { params: { id } })).items[0].state;
    expect([key.state, await state()]).toEqual(["active", "active"]);
    admitted(await fleet.enrol({ enrolmentKey: key.token }));
    expect(await state()).toBe("used_up");
    fleet.advance(60_000);
    expect(await state()).toBe("expired");
    const revoke = () => fleet.ok("revokeEnrolmentKey", { params: { id, keyId: key.id } });
    const revoked = await revoke();
    expect(revoked).toMatchObject({ state: "revoked", version: 2 });
    expect(await revoke()).toEqual(revoked);
    expect(await typesOf(key.id)).toEqual(["EnrolmentKeyRevoked", "EnrolmentKeyCreated"]);
  });

  test("of another customer is not found, although both are seen", async () => {
    const [one, other] = [await fleet.customer(), await fleet.customer()];
    const { id: keyId } = await fleet.enrolmentKey(one.id);
    expectRefusal(await fleet.call("revokeEnrolmentKey", { params: { id: other.id, keyId } }), 404, "not_found");
  });

  test("that is revoked leaves the devices that it let in", async () => {
    const { id } = await fleet.customer();
    const key = await fleet.enrolmentKey(id);
    const device = admitted(await fleet.enrol({ enrolmentKey: key.token }));
    await fleet.ok("revokeEnrolmentKey", { params: { id, keyId: key.id } });
    expect((await fleet.backup(device)).body.allowed).toBe(true);
  });

  test("is listed page by page, oldest first", async () => {
    const { id } = await fleet.customer();
    const made = [];
    for (let count = 0; count < 5; count += 1) made.push((await fleet.enrolmentKey(id)).id);
    const found: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: Record<string, string> = { limit: "2", ...(cursor !== "" && { cursor }) };
      const page: Reply["body"] = await fleet.ok("listEnrolmentKeys", { params: { id }, query });
      found.push(...page.items.map((key: { id: string }) => key.id));
      cursor = page.nextCursor;
    }
    expect(found).toEqual(made);
  });

  test(
    "creates as many devices as it has uses, also where 20 computers come at once",
    { timeout: 60_000 },
    async () => {
      const { id } = await fleet.customer();
      await fleet.login({ customerId: id });
      const key = await fleet.enrolmentKey(id, { maxUses: 4 });
      const proof = { enrolmentKey: key.token };
      const count = async () => {
        const { items } = await fleet.ok("listEnrolmentKeys", { params: { id } });
        return [(await devicesOf(id)).length, items[0].uses];
      };
      const replies = await Promise.all(Array.from({ length: 20 }, () => fleet.enrol(proof)));
      const made = replies.filter(({ status }) => status === 201).length;
      expect(made).toBeGreaterThan(0);
      expect(made).toBeLessThanOrEqual(4);
      expect(await count()).toEqual([made, made]);
      for (const { status } of replies) expect([201, 401, 409, 429, 503]).toContain(status);
      // Whoever was only in the way of others comes again.
      fleet.advance(windowMs);
      for (let left = made; left < 4; left += 1) admitted(await fleet.enrol(proof));
      expectRefusal(await fleet.enrol(proof), 401, "unauthenticated");
      expect(await count()).toEqual([4, 4]);
    },
  );
});

describe("a device that waits", () => {
  const waiting = async (): Promise<Enrolled> => {
    const { id } = await fleet.customer({ autoAuthorize: false });
    return admitted(await fleet.enrol(await keyProof(id)), 202);
  };

  test("begins in an account of its own once it is approved, with the token that it has", async () => {
    const device = await waiting();
    const approved = await approve(device.id);
    expect([approved.status, approved.body]).toMatchObject([200, { id: device.id, state: "active", attention: [] }]);
    expect(await account(approved.body.accountId)).toMatchObject({ plan: "select", deviceCount: 1 });
    expect((await fleet.get(device.customerId)).deviceCount).toBe(1);
    expect(await fleet.getDevice(device.id)).toEqual(approved.body);
    expect(await fleet.item(device.customerId, `device#/-/${device.id}`)).toBeUndefined();
    expect((await fleet.backup(device)).body.allowed).toBe(true);
    expect(await typesOf(device.id)).toEqual(["LicenceDrawn", "DeviceApproved", "DeviceEnrolled"]);
    expectRefusal(await approve(device.id), 409, "device_not_pending");
    // It is the same computer to those who enrol later.
    const proof = await keyProof(device.customerId);
    expect(admitted(await fleet.enrol(proof, { machineId: device.machineId }), 200).id).toBe(device.id);
  });

  test("begins in the account that is named, of its customer and not deleted", async () => {
    const device = await waiting();
    const { customerId } = device;
    const [own, other] = [await fleet.login({ customerId }), await fleet.login()];
    const gone = await fleet.login({ customerId, plan: "basic" });
    await fleet.ok("deleteAccount", { params: { id: gone.id }, query: { confirm: gone.username } });
    expectRefusal(await approve(device.id, { accountId: other.id }), 422, "not_applicable", "accountId");
    expectRefusal(await approve(device.id, { accountId: gone.id }), 409, "account_deleted");
    expect((await fleet.getDevice(device.id)).state).toBe("pending");
    const approved = await approve(device.id, { accountId: own.id });
    expect([approved.status, approved.body.accountId]).toEqual([200, own.id]);
    expect((await account(own.id)).deviceCount).toBe(1);
    expect((await fleet.backup(device)).body.allowed).toBe(true);
  });

  test("gets an account on the plan that is said", async () => {
    const device = await waiting();
    expectRefusal(await approve(device.id, { plan: "gold" }), 422, "plan_unknown", "plan");
    const approved = await approve(device.id, { plan: "basic" });
    expect((await account(approved.body.accountId)).plan).toBe("basic");
  });

  test("keeps the account whose login it has", async () => {
    const { id: customerId } = await fleet.customer({ autoAuthorize: false });
    const [login, other] = [await fleet.login({ customerId }), await fleet.login({ customerId, plan: "basic" })];
    const device = admitted(await fleet.enrol(loginProof(login)), 202);
    expect(device).toMatchObject({ state: "pending", accountId: login.id });
    expect((await account(login.id)).deviceCount).toBe(0);
    // It has an account, and may do as little as one that has none.
    const { token } = device;
    const usage = { usedBytes: 1, measuredAt: fleet.at() };
    expectRefusal(await fleet.call("reportUsage", { body: usage }, { token }), 409, "device_not_pending");
    const set = fleet.setInput();
    expectRefusal(await fleet.call("createOwnBackupSet", { body: set }, { token }), 409, "device_not_pending");
    const byHand = { body: { deviceId: device.id, ...set } };
    expectRefusal(await fleet.call("createBackupSet", byHand), 409, "device_not_pending");
    expectRefusal(await approve(device.id, { accountId: other.id }), 422, "not_applicable", "accountId");
    expect((await approve(device.id, { accountId: login.id })).body).toMatchObject({ state: "active", attention: [] });
    expect((await account(login.id)).deviceCount).toBe(1);
    expect((await fleet.get(customerId)).deviceCount).toBe(1);
  });

  test("that is deleted waits no longer, and takes nothing from the counts", async () => {
    const device = await waiting();
    await fleet.ok("deleteDevice", { params: { id: device.id }, query: { confirm: device.name } });
    expect((await fleet.get(device.customerId)).deviceCount).toBe(0);
    expectRefusal(await approve(device.id), 409, "device_not_pending");
    expect((await fleet.backup(device)).body.allowed).toBe(false);
  });
});

describe("a computer that enrols by a login", () => {
  test("becomes a device of that account, one of several", async () => {
    const login = await fleet.login();
    const devices = [];
    for (let count = 0; count < 2; count += 1) devices.push(admitted(await fleet.enrol(loginProof(login))));
    for (const device of devices) expect(device).toMatchObject({ accountId: login.id, state: "active" });
    expect((await account(login.id)).deviceCount).toBe(2);
    expect((await fleet.ok("listAccounts", { query: { customerId: login.customerId } })).items).toHaveLength(1);
  });

  test("is let in by the login of a suspended account, and may not back up", async () => {
    const login = await fleet.login();
    await fleet.ok("updateAccount", { params: { id: login.id }, body: { active: false } });
    const device = admitted(await fleet.enrol(loginProof(login)));
    expect((await fleet.backup(device)).body.reasons).toEqual([
      { code: "account_suspended", level: "account", nodeId: login.id },
    ]);
  });

  const gone = {
    async "a name that nobody has"() {
      return { username: "nobody.has.this.name", password: "x" };
    },
    async "a deleted account"() {
      const login = await fleet.login();
      await fleet.ok("deleteAccount", { params: { id: login.id }, query: { confirm: login.username } });
      return login;
    },
    async "an account of a deleted customer"() {
      const login = await fleet.login();
      await fleet.remove(await fleet.get(login.customerId));
      return login;
    },
    async "an account below a deleted reseller"() {
      const above = await fleet.create(fleet.provider.id, { level: "reseller" });
      const login = await fleet.login({ customerId: (await fleet.create(above.id, { autoAuthorize: true })).id });
      await fleet.remove(above);
      return login;
    },
  };
  test.each(Object.entries(gone))("hears of %s what it hears of a wrong password", async (_, make) => {
    const login = await fleet.login();
    const wrong = await fleet.enrol({ username: login.username, password: "a wrong password" });
    expectRefusal(wrong, 401, "wrong_password");
    expect(seen(await fleet.enrol(loginProof(await make())))).toBe(seen(wrong));
  });

  test("has five attempts, shared with those to change the password, and all of them again after a success", async () => {
    const login = await fleet.login();
    const wrong = { username: login.username, password: "a wrong password" };
    const change = (password: string) =>
      fleet.call(
        "changePassword",
        { body: { username: login.username, password, newPassword: "nor will they guess that" } },
        { token: null },
      );
    const machine = fleet.machine();
    for (let round = 0; round < 2; round += 1) {
      for (let count = 0; count < 2; count += 1) {
        expectRefusal(await fleet.enrol(wrong), 401, "wrong_password");
        expectRefusal(await change("a wrong password"), 401, "wrong_password");
      }
      if (round === 0) admitted(await fleet.enrol(loginProof(login), machine));
    }
    expectRefusal(await fleet.enrol(wrong), 401, "wrong_password");
    for (const reply of [await fleet.enrol(loginProof(login)), await change(login.password)]) {
      expectRefusal(reply, 429, "rate_limited");
      expect(Number(reply.headers["retry-after"])).toBeGreaterThan(800);
    }
    fleet.advance(windowMs);
    // A known computer that comes back clears the record as a new one does, and one that does so often is not held up.
    for (let count = 0; count < 7; count += 1) admitted(await fleet.enrol(loginProof(login), machine), 200);
    for (let count = 0; count < 4; count += 1) expectRefusal(await fleet.enrol(wrong), 401, "wrong_password");
    admitted(await fleet.enrol(loginProof(login), machine), 200);
    for (let count = 0; count < 4; count += 1) expectRefusal(await fleet.enrol(wrong), 401, "wrong_password");
  });
});

describe("a computer that enrols again", () => {
  test("is the same device with a new token, in place of the old one, and uses no key up", async () => {
    const { id: customerId } = await fleet.customer();
    const key = await fleet.enrolmentKey(customerId, { maxUses: 1 });
    const proof = { enrolmentKey: key.token };
    const first = admitted(await fleet.enrol(proof));
    await fleet.ownSet(first, { name: "stays" });
    // The answer may have been lost: sent again it makes no second device, also by a key that has no uses left.
    const again = { machineId: first.machineId, name: "Renamed", kind: "workstation", os: "Windows 12" };
    const second = admitted(await fleet.enrol(proof, again), 200);
    expect(second).toMatchObject({ id: first.id, accountId: first.accountId, ...again, state: "active" });
    expect(second.token).not.toBe(first.token);
    await expectToken(first.token, 401);
    expect((await fleet.call("listOwnBackupSets", {}, { token: second.token })).body.items).toMatchObject([
      { name: "stays" },
    ]);
    expect((await fleet.ok("listEnrolmentKeys", { params: { id: customerId } })).items[0].uses).toBe(1);
    expect((await fleet.get(customerId)).deviceCount).toBe(1);
    expect(await devicesOf(customerId)).toHaveLength(1);
    expectRefusal(await fleet.enrol(proof), 401, "unauthenticated");
  });

  test("keeps its licence, its state and its usage", async () => {
    const device = await fleet.device();
    await fleet.backup(device);
    await fleet.ok("reportUsage", { body: { usedBytes: 7, measuredAt: fleet.at() } }, { token: device.token });
    await fleet.ok("deactivateDevice", { params: { id: device.id } });
    const { machineId, customerId } = device;
    const back = admitted(await fleet.enrol(await keyProof(customerId), { machineId }), 200);
    expect(back).toMatchObject({ id: device.id, licensed: true, state: "suspended", usedBytes: 7 });
  });

  test("by a key waits for nothing that only a newcomer needs", async () => {
    const device = await fleet.device();
    const proof = await keyProof(device.customerId);
    fleet.runtime.client.middlewareStack.add(
      (next, context) => (args) => {
        // Plans, and which parent accounts the customer has.
        if (context["commandName"] === "QueryCommand") throw new Error("not today");
        return next(args);
      },
      { step: "initialize", name: "notToday" },
    );
    const replies = [await fleet.enrol(proof, { machineId: device.machineId }), await fleet.enrol(proof)];
    fleet.runtime.client.middlewareStack.remove("notToday");
    expect(replies.map(({ status }) => status)).toEqual([200, 503]);
  });

  test("several times at once is one device, and one token lives", { timeout: 60_000 }, async () => {
    const { id: customerId } = await fleet.customer();
    const proof = await keyProof(customerId);
    const machine = { machineId: "the-same-computer" };
    const replies = await Promise.all(Array.from({ length: 8 }, () => fleet.enrol(proof, machine)));
    const served = replies.filter(({ status }) => status < 300);
    expect(served.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(served.map(({ body }) => body.device.id)).size).toBe(1);
    const tokens = await Promise.all(
      served.map(({ body }) => fleet.call("listOwnBackupSets", {}, { token: body.token })),
    );
    expect(tokens.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await fleet.get(customerId)).deviceCount).toBe(1);
    expect(await devicesOf(customerId)).toHaveLength(1);
  });

  test("while it waits goes on waiting, with a new token", async () => {
    const { id } = await fleet.customer({ autoAuthorize: false });
    const proof = await keyProof(id);
    const first = admitted(await fleet.enrol(proof), 202);
    const second = admitted(await fleet.enrol(proof, { machineId: first.machineId }), 202);
    expect(second.id).toBe(first.id);
    await expectToken(first.token, 401);
    await expectToken(second.token, 200);
  });

  test("by the login of another account is refused, and changes nothing", async () => {
    const { id: customerId } = await fleet.customer();
    const [one, other] = [await fleet.login({ customerId }), await fleet.login({ customerId, plan: "basic" })];
    const device = admitted(await fleet.enrol(loginProof(one)));
    const before = await fleet.deviceItem(device);
    const machine = { machineId: device.machineId };
    expectRefusal(await fleet.enrol(loginProof(other), machine), 409, "machine_taken", "machineId");
    expect(await fleet.deviceItem(device)).toEqual(before);
    await expectToken(device.token, 200);
    // Each customer knows its own computers.
    expect(admitted(await fleet.enrol(loginProof(await fleet.login()), machine)).id).not.toBe(device.id);
  });

  test("after its device was created by hand is that device", async () => {
    const login = await fleet.login();
    const body = { accountId: login.id, ...fleet.machine() };
    const made = await fleet.ok("createDevice", { body });
    const enrolled = admitted(await fleet.enrol(loginProof(login), { machineId: body.machineId }), 200);
    expect(enrolled.id).toBe(made.id);
    await expectToken(enrolled.token, 200);
    expectRefusal(await fleet.call("createDevice", { body }), 409, "machine_taken", "machineId");
  });

  test("after its device was deleted is a new one, and the old token is answered why", async () => {
    const device = await fleet.device();
    await fleet.ok("deleteDevice", { params: { id: device.id }, query: { confirm: device.name } });
    const proof = await keyProof(device.customerId);
    const next = admitted(await fleet.enrol(proof, { machineId: device.machineId }));
    expect(next.id).not.toBe(device.id);
    expect((await fleet.backup(next)).body.allowed).toBe(true);
    expect((await fleet.backup(device)).body.reasons).toContainEqual({
      code: "deleted",
      level: "device",
      nodeId: device.id,
    });
  });
});

describe("a key that lets nobody in", () => {
  const spent = {
    async "is wrong"() {
      const { token } = await fleet.enrolmentKey((await fleet.customer()).id);
      return forged(token);
    },
    async "is no key at all"() {
      return "a key";
    },
    async "is a device's token"() {
      return (await fleet.device()).token;
    },
    async "is an API key"() {
      return fleet.token;
    },
    async "has expired"() {
      const { token } = await fleet.enrolmentKey((await fleet.customer()).id, { expiresAt: fleet.at(1_000) });
      fleet.advance(1_000);
      return token;
    },
    async "is revoked"() {
      const { id } = await fleet.customer();
      const { token, id: keyId } = await fleet.enrolmentKey(id);
      await fleet.ok("revokeEnrolmentKey", { params: { id, keyId } });
      return token;
    },
    async "is used up"() {
      const { token } = await fleet.enrolmentKey((await fleet.customer()).id, { maxUses: 1 });
      admitted(await fleet.enrol({ enrolmentKey: token }));
      return token;
    },
    async "is of a deleted customer"() {
      const customer = await fleet.customer();
      const { token } = await fleet.enrolmentKey(customer.id);
      await fleet.remove(customer);
      return token;
    },
    async "is of a deleted reseller"() {
      const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
      const { token } = await fleet.enrolmentKey(reseller.id);
      await fleet.remove(reseller);
      return token;
    },
    async "is of a customer below a deleted reseller"() {
      const reseller = await fleet.create(fleet.provider.id, { level: "reseller" });
      const { token } = await fleet.enrolmentKey((await fleet.create(reseller.id)).id);
      await fleet.remove(reseller);
      return token;
    },
  };
  test.each(Object.entries(spent))("because it %s is answered as any other, byte for byte", async (_, make) => {
    const enrolmentKey = await make();
    const unknown = await fleet.enrol({ enrolmentKey: wrongKey });
    expectRefusal(unknown, 401, "unauthenticated");
    expect(seen(await fleet.enrol({ enrolmentKey }))).toBe(seen(unknown));
    expect(waits).toEqual([100, 200]);
  });

  test("is answered ever later, and after ten tries not at all, for a quarter of an hour, from there", async () => {
    const good = await keyProof((await fleet.customer()).id);
    const tries = [];
    for (let count = 0; count < 10; count += 1) tries.push(await fleet.enrol({ enrolmentKey: wrongKey }));
    for (const reply of tries) expectRefusal(reply, 401, "unauthenticated");
    expect(new Set(tries.map(seen)).size).toBe(1);
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_000, 3_000, 3_000, 3_000, 3_000]);
    for (const proof of [{ enrolmentKey: wrongKey }, good]) {
      const reply = await fleet.enrol(proof);
      expectRefusal(reply, 429, "rate_limited");
      const seconds = Number(reply.headers["retry-after"]);
      expect(seconds).toBeGreaterThan(800);
      expect(seconds).toBeLessThanOrEqual(900);
    }
    expect(waits).toHaveLength(10);
    // Who has a login is not held up by it.
    admitted(await fleet.enrol(loginProof(await fleet.login())));
    fleet.advance(windowMs);
    admitted(await fleet.enrol(good));
  });

  test("is looked at ten times where it is tried twenty times at once", { timeout: 60_000 }, async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => fleet.enrol({ enrolmentKey: wrongKey })));
    const heard = replies.map(({ status }) => status);
    expect(heard.filter((status) => status === 401).length).toBeLessThanOrEqual(10);
    for (const status of heard) expect([401, 429]).toContain(status);
  });

  test("is no failure where it is right: a whole office enrols from one address", async () => {
    const proof = await keyProof((await fleet.customer()).id);
    for (let count = 0; count < 12; count += 1) admitted(await fleet.enrol(proof));
    expect(waits).toEqual([]);
  });
});

describe("the limit of devices", () => {
  const limited = async (deviceLimit: number, more: object = {}) => {
    const { id } = await fleet.customer(more);
    await fleet.patch(id, { deviceLimit });
    return id;
  };
  const refusedAt = (reply: Reply) => expectRefusal(reply, 409, "device_limit");

  test("holds where a device is created, enrols by key or login, or is approved", async () => {
    const id = await limited(1);
    const machine = fleet.machine();
    const login = await fleet.login({ customerId: id });
    const proof = await keyProof(id);
    const first = admitted(await fleet.enrol(proof, machine));
    refusedAt(await fleet.enrol(proof));
    refusedAt(await fleet.enrol(loginProof(login)));
    refusedAt(await fleet.call("createDevice", { body: { accountId: login.id, ...fleet.machine() } }));
    await fleet.patch(id, { autoAuthorize: false });
    const waits = admitted(await fleet.enrol(proof), 202);
    refusedAt(await approve(waits.id));
    expect(await devicesOf(id)).toHaveLength(2);
    expect((await fleet.get(id)).deviceCount).toBe(1);
    // One that it has comes back all the same.
    expect(admitted(await fleet.enrol(proof, machine), 200).id).toBe(first.id);
    await fleet.ok("deleteDevice", { params: { id: first.id }, query: { confirm: first.name } });
    expect((await approve(waits.id)).body.state).toBe("active");
  });

  test("is not passed by 20 computers at once", { timeout: 60_000 }, async () => {
    const id = await limited(5);
    const proof = await keyProof(id);
    await fleet.login({ customerId: id });
    const replies = await Promise.all(Array.from({ length: 20 }, () => fleet.enrol(proof)));
    const made = replies.filter(({ status }) => status === 201).length;
    for (const { status, body } of replies)
      if (status !== 201) expect(["device_limit", "conflict", "unavailable"]).toContain(body.code);
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(5);
    expect((await fleet.get(id)).deviceCount).toBe(made);
    for (let left = made; left < 5; left += 1) admitted(await fleet.enrol(proof));
    refusedAt(await fleet.enrol(proof));
    expect((await fleet.get(id)).deviceCount).toBe(5);
    expect(await devicesOf(id)).toHaveLength(5);
  });
});

describe("an enrolment", () => {
  const key = { enrolmentKey: wrongKey };
  test.each([
    ["enrolmentKey", {}],
    ["enrolmentKey", { ...key, username: "a", password: "b" }],
    ["password", { username: "a" }],
    ["password", { ...key, password: "b" }],
    ["machineId", { ...key, machineId: "" }],
    ["machineId", { ...key, machineId: "with space" }],
    ["machineId", { ...key, machineId: "x".repeat(201) }],
    ["kind", { ...key, kind: "toaster" }],
    ["name", { ...key, name: "" }],
    ["os", { ...key, os: 5 }],
    ["more", { ...key, more: 1 }],
  ])("has its form: it is refused at %s, and costs no attempt", async (path, body) => {
    const reply = await fleet.call("enrol", { body: { ...fleet.machine(), ...body } }, { token: null });
    expectRefusal(reply, 400, "invalid_request", path);
    expect(waits).toEqual([]);
  });

  test("that is a dry run answers as it would, and lets nobody in", async () => {
    const { id } = await fleet.customer();
    const proof = await keyProof(id);
    const calls = await fleet.callsDuring(async () => {
      const { token } = admitted(await fleet.enrol(proof, {}, { dryRun: "true" }));
      await expectToken(token, 401);
    });
    expect(calls.filter((call) => /Transact|Put|Update|Delete/.test(call))).toEqual([]);
    expect(await devicesOf(id)).toEqual([]);
    const device = await fleet.device(id);
    admitted(await fleet.enrol(proof, { machineId: device.machineId }, { dryRun: "true" }), 200);
    await expectToken(device.token, 200);
  });
});

test("a device's token opens the routes of agents alone, and an API key none of them", async () => {
  const { token, id } = await fleet.device();
  for (const [operation, request] of [
    ["getDevice", { params: { id } }],
    ["me", {}],
    ["listDevices", {}],
    ["explainAdmission", { params: { id } }],
    ["updateDevice", { params: { id }, body: { name: "mine" } }],
  ] as const)
    expectRefusal(await fleet.call(operation, request, { token }), 401, "unauthenticated");
  for (const [operation, request] of [
    ["listOwnBackupSets", {}],
    ["authorizeBackup", { body: {} }],
    ["reportUsage", { body: { usedBytes: 1, measuredAt: fleet.at() } }],
  ] as const)
    expectRefusal(await fleet.call(operation, request), 401, "unauthenticated");
});
