import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Reply } from "../../support/api.ts";
import { allPages, expectRefusal } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

type Body = Reply["body"];

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});

const patch = (id: string, body: object, headers: Record<string, string> = {}) =>
  fleet.call("updateDevice", { params: { id }, body }, { headers });
const remove = (id: string, confirm?: string, headers: Record<string, string> = {}) =>
  fleet.call("deleteDevice", { params: { id }, query: confirm === undefined ? {} : { confirm } }, { headers });
const suspend = (id: string) => fleet.call("deactivateDevice", { params: { id } });
const resume = (id: string) => fleet.call("activateDevice", { params: { id } });
const typesOf = async (nodeId: string): Promise<string[]> => (await fleet.logged(nodeId)).map(({ type }) => type);

describe("a device that is created by hand", () => {
  test("belongs to the account, counts there and at the customer, and has no token yet", async () => {
    const { id: accountId, customerId } = await fleet.login();
    const machine = fleet.machine({ kind: "server", os: "Windows Server 2025" });
    const reply = await fleet.call("createDevice", { body: { accountId, ...machine } });
    expect(reply.status).toBe(201);
    expect(reply.headers["location"]).toBe(`/v1/devices/${reply.body.id}`);
    expect(reply.body).toEqual({
      id: expect.stringMatching(/^dev_[0-9A-Z]{26}$/),
      version: 1,
      customerId,
      accountId,
      ...machine,
      state: "active",
      storageLocation: "DE",
      licensed: false,
      throttle: null,
      usedBytes: 0,
      lastSeenAt: null,
      lastSuccessAt: null,
      failuresSinceSuccess: 0,
      agentVersion: null,
      attention: [],
      replacedBy: null,
      replaces: [],
      deletedAt: null,
      purgeAt: null,
      externalRef: null,
      deletionId: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await fleet.getDevice(reply.body.id)).toEqual(reply.body);
    expect((await fleet.ok("getAccount", { params: { id: accountId } })).deviceCount).toBe(1);
    expect((await fleet.get(customerId)).deviceCount).toBe(1);
    expect(await typesOf(reply.body.id)).toEqual(["DeviceCreated"]);
    expectRefusal(
      await fleet.call("createDevice", { body: { accountId, ...machine } }),
      409,
      "machine_taken",
      "machineId",
    );
    expect((await fleet.get(customerId)).deviceCount).toBe(1);
  });

  test("is not of a deleted account or customer", async () => {
    const [one, other] = [await fleet.login(), await fleet.login()];
    await fleet.ok("deleteAccount", { params: { id: one.id }, query: { confirm: one.username } });
    const create = (accountId: string) => fleet.call("createDevice", { body: { accountId, ...fleet.machine() } });
    expectRefusal(await create(one.id), 409, "account_deleted");
    const parent = await fleet.login();
    const body = { parentAccountId: parent.id, username: fleet.freshLogin(), password: parent.password };
    const sub = await fleet.ok("createAccount", { body });
    await fleet.ok("deleteAccount", { params: { id: parent.id }, query: { confirm: parent.username } });
    expectRefusal(await create(sub.id), 409, "account_deleted");
    await fleet.remove(await fleet.get(other.customerId));
    expectRefusal(await create(other.id), 409, "customer_deleted");
  });

  test("is made once where it is asked for several times at once", { timeout: 60_000 }, async () => {
    const { id: accountId, customerId } = await fleet.login();
    const body = { accountId, ...fleet.machine() };
    const replies = await Promise.all(Array.from({ length: 6 }, () => fleet.call("createDevice", { body })));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const { status } of replies) expect([201, 409]).toContain(status);
    expect((await fleet.get(customerId)).deviceCount).toBe(1);
  });

  test.each([
    ["accountId", { accountId: "acc_1" }],
    ["machineId", { machineId: "a b" }],
    ["name", { name: " " }],
    ["kind", { kind: "phone" }],
    ["os", { os: undefined }],
    ["state", { state: "active" }],
  ])("has its form: it is refused at %s", async (path, more) => {
    const body = { accountId: `acc_${"0".repeat(26)}`, ...fleet.machine(), ...more };
    expectRefusal(await fleet.call("createDevice", { body }), 400, "invalid_request", path);
  });
});

describe("a change of a device", () => {
  test("is a merge patch of name, kind, system and throttling", async () => {
    const device = await fleet.device();
    const reply = await patch(device.id, { name: "New", kind: "server", os: "Linux" });
    expect([reply.status, reply.body]).toMatchObject([200, { name: "New", kind: "server", os: "Linux", version: 2 }]);
    const throttle = { mode: "own", enabled: true, bytesPerSecond: 5 };
    expect((await patch(device.id, { throttle })).body).toMatchObject({ name: "New", throttle });
    expect((await patch(device.id, { throttle: { bytesPerSecond: 6 } })).body.throttle).toEqual({
      ...throttle,
      bytesPerSecond: 6,
    });
    expect((await patch(device.id, { throttle: null })).body).toMatchObject({ throttle: null, version: 5 });
    // What changes nothing is no change.
    expect((await patch(device.id, { name: "New", machineId: device.machineId })).body.version).toBe(5);
    const told = await fleet.logged(device.id);
    expect(told.map(({ type }) => type)).toEqual([
      ...Array.from({ length: 4 }, () => "DeviceUpdated"),
      "DeviceEnrolled",
    ]);
    expect(told[3].changes).toContainEqual({ path: "name", before: device.name, after: "New" });
    expectRefusal(await patch(device.id, { name: "Newer" }, { "if-match": '"4"' }), 412, "precondition_failed");
    expect((await patch(device.id, { name: "Newer" }, { "if-match": '"5"' })).status).toBe(200);
  });

  test.each([
    ["throttle.bytesPerSecond", { throttle: { mode: "own", enabled: true } }],
    ["throttle.from", { throttle: { mode: "own", enabled: true, always: false, bytesPerSecond: 5 } }],
    ["throttle.from", { throttle: { from: "25:00" } }],
    ["name", { name: null }],
    ["kind", { kind: "phone" }],
    ["state", { state: "active" }],
    ["usedBytes", { usedBytes: 0 }],
  ])("is refused at %s", async (path, body) => {
    const device = await fleet.device();
    expectRefusal(await patch(device.id, body), 400, "invalid_request", path);
    expect((await fleet.getDevice(device.id)).version).toBe(1);
  });

  test("makes it no other computer, and moves it to no other account", async () => {
    const device = await fleet.device();
    const { id: accountId } = await fleet.login({ customerId: device.customerId, plan: "basic" });
    expectRefusal(await patch(device.id, { accountId }), 422, "immutable", "accountId");
    expectRefusal(await patch(device.id, { machineId: "another" }), 422, "immutable", "machineId");
    expect((await patch(device.id, { accountId: device.accountId })).status).toBe(200);
  });

  test("and what its agent reports at once both last", { timeout: 60_000 }, async () => {
    const device = await fleet.device();
    const { id: backupSetId } = await fleet.ownSet(device);
    const { token } = device;
    const job = { backupSetId, type: "backup", status: "failed", bytes: 1, files: 1 };
    const times = { startedAt: fleet.at(-2_000), endedAt: fleet.at(-1_000) };
    const replies = await Promise.all([
      patch(device.id, { name: "Renamed" }),
      fleet.call("reportUsage", { body: { usedBytes: 77, measuredAt: fleet.at() } }, { token }),
      fleet.call("reportJob", { body: { jobId: "one", ...job, ...times } }, { token }),
      fleet.backup(device),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 201, 200]);
    expect(await fleet.getDevice(device.id)).toMatchObject({
      name: "Renamed",
      usedBytes: 77,
      licensed: true,
      attention: [{ code: "backup_failed" }],
    });
  });
});

describe("a device that is suspended", () => {
  test("goes on once it is activated; again is no change", async () => {
    const { id } = await fleet.device();
    for (let time = 0; time < 2; time += 1)
      expect((await suspend(id)).body).toMatchObject({ state: "suspended", version: 2 });
    for (let time = 0; time < 2; time += 1)
      expect((await resume(id)).body).toMatchObject({ state: "active", version: 3 });
    expect(await typesOf(id)).toEqual(["DeviceActivated", "DeviceSuspended", "DeviceEnrolled"]);
  });

  test("still counts as one of its customer's and its account's", async () => {
    const { id, customerId, accountId } = await fleet.device();
    await suspend(id);
    expect((await fleet.get(customerId)).deviceCount).toBe(1);
    expect((await fleet.ok("getAccount", { params: { id: accountId } })).deviceCount).toBe(1);
  });
});

describe("a device that is deleted", () => {
  test("needs its name for it, counts no longer, and is shown as what it is", async () => {
    const device = await fleet.device();
    const { id, customerId, accountId } = device;
    await patch(id, { name: "PC of Ann" });
    for (const confirm of [undefined, "", "PC"])
      expectRefusal(await remove(id, confirm), 422, "confirmation_required", "confirm");
    expectRefusal(await remove(id, "PC of Ann", { "if-match": '"1"' }), 412, "precondition_failed");
    const deleted = await remove(id, " pc of  ANN ");
    expect([deleted.status, deleted.body]).toMatchObject([200, { state: "deleted", licensed: false, attention: [] }]);
    expect(deleted.body.deletedAt).toBeTypeOf("string");
    expect(await fleet.getDevice(id)).toEqual(deleted.body);
    expect((await fleet.get(customerId)).deviceCount).toBe(0);
    expect((await fleet.ok("getAccount", { params: { id: accountId } })).deviceCount).toBe(0);
    // Again changes nothing, and needs no name.
    expect((await remove(id)).body).toEqual(deleted.body);
    expect((await fleet.get(customerId)).deviceCount).toBe(0);
    expect(await typesOf(id)).toEqual(["DeviceDeleted", "DeviceUpdated", "DeviceEnrolled"]);
  });

  test("is changed no more", async () => {
    const { id, name } = await fleet.device();
    await remove(id, name);
    expectRefusal(await patch(id, { name: "x" }), 409, "device_deleted");
    expectRefusal(await suspend(id), 409, "device_deleted");
    expectRefusal(await resume(id), 409, "device_deleted");
    expectRefusal(await fleet.call("approveDevice", { params: { id }, body: {} }), 409, "device_not_pending");
  });

  test(
    "needs no attention any more, also where its agent reports a failure in the same moment",
    { timeout: 60_000 },
    async () => {
      const { id: customerId } = await fleet.customer();
      for (let time = 0; time < 6; time += 1) {
        const device = await fleet.device(customerId);
        const { id: backupSetId } = await fleet.ownSet(device);
        const job = { jobId: "one", backupSetId, type: "backup", status: "failed", bytes: 1, files: 1 };
        const body = { ...job, startedAt: fleet.at(-2_000), endedAt: fleet.at(-1_000) };
        const [reported, deleted] = await Promise.all([
          fleet.call("reportJob", { body }, { token: device.token }),
          remove(device.id, device.name),
        ]);
        expect([201, 409]).toContain(reported.status);
        expect(deleted.status).toBe(200);
        expect(await fleet.getDevice(device.id)).toMatchObject({ state: "deleted", attention: [] });
      }
      expect((await fleet.ok("listDevices", { query: { customerId, attention: "true" } })).items).toEqual([]);
    },
  );

  test("is deleted once where that is asked several times at once", { timeout: 60_000 }, async () => {
    const device = await fleet.device();
    await fleet.device(device.customerId);
    await fleet.backup(device);
    const replies = await Promise.all(Array.from({ length: 6 }, () => remove(device.id, device.name)));
    for (const { status } of replies) expect([200, 409, 503]).toContain(status);
    expect(await fleet.get(device.customerId)).toMatchObject({
      deviceCount: 1,
      licences: { used: 0, usedToDate: 1 },
    });
  });
});

describe("the list of devices", () => {
  let customerId: string;
  let accounts: string[];
  let all: Body[];
  const idsOf = (items: readonly Body[]): string[] => items.map(({ id }) => String(id)).sort();
  const where = (holds: (device: Body) => boolean): string[] => idsOf(all.filter(holds));
  const list = async (query: Record<string, string>) =>
    idsOf((await allPages(fleet, "listDevices", { query: { customerId, ...query } })).items);
  beforeAll(async () => {
    customerId = (await fleet.customer()).id;
    const proofs = [];
    for (const plan of ["select", "basic"]) proofs.push(await fleet.login({ customerId, plan }));
    accounts = proofs.map(({ id }) => id);
    const devices: Enrolled[] = [];
    for (let count = 0; count < 24; count += 1) {
      const { username, password } = proofs[count % 2] as (typeof proofs)[number];
      const { body } = await fleet.enrol({ username, password });
      devices.push({ ...body.device, token: body.token });
    }
    for (const [index, device] of devices.entries()) {
      if (index % 8 === 1 || index % 8 === 2) {
        const { id: backupSetId } = await fleet.ownSet(device);
        const job = { jobId: "one", backupSetId, type: "backup", status: "failed", bytes: 1, files: 1 };
        const times = { startedAt: fleet.at(-2_000), endedAt: fleet.at(-1_000) };
        await fleet.ok("reportJob", { body: { ...job, ...times } }, { token: device.token });
      }
      if (index % 6 === 1) await suspend(device.id);
      if (index % 6 === 5) await remove(device.id, device.name);
    }
    await fleet.patch(customerId, { autoAuthorize: false });
    const { token: enrolmentKey } = await fleet.enrolmentKey(customerId);
    const waiting = [];
    for (let count = 0; count < 3; count += 1) waiting.push((await fleet.enrol({ enrolmentKey })).body.device);
    all = await Promise.all([...devices, ...waiting].map(({ id }) => fleet.getDevice(id)));
  }, 60_000);

  test("shows each device as it is shown alone, deleted and waiting ones among them", async () => {
    const { items } = await fleet.ok("listDevices", { query: { customerId } });
    expect(items.toSorted((one: Body, next: Body) => (one.id < next.id ? -1 : 1))).toEqual(
      all.toSorted((one, next) => (one.id < next.id ? -1 : 1)),
    );
    expect(all).toHaveLength(27);
  });

  test.each(["pending", "active", "suspended", "deleted"])(
    "by state %s holds those and no others, page by page",
    async (state) => {
      const expected = where((device) => device.state === state);
      expect(expected.length).toBeGreaterThan(2);
      for (const limit of ["1", "2", "200"]) expect(await list({ state, limit })).toEqual(expected);
    },
  );

  test("by attention holds those that need it, page by page", async () => {
    const expected = where(({ attention }) => attention.length > 0);
    expect(expected.length).toBeGreaterThan(5);
    for (const limit of ["1", "4", "200"]) expect(await list({ attention: "true", limit })).toEqual(expected);
    for (const state of ["suspended", "pending"])
      expect(await list({ attention: "true", state, limit: "2" })).toEqual(
        where((device) => device.attention.length > 0 && device.state === state),
      );
  });

  test("of an account holds its own, by state and attention as well", async () => {
    for (const accountId of accounts) {
      const of = async (query: Record<string, string>) =>
        idsOf((await allPages(fleet, "listDevices", { query: { accountId, limit: "3", ...query } })).items);
      expect(await of({})).toEqual(where((device) => device.accountId === accountId));
      for (const state of ["active", "suspended", "deleted", "pending"])
        expect(await of({ state })).toEqual(
          where((device) => device.accountId === accountId && device.state === state),
        );
      expect(await of({ attention: "true" })).toEqual(
        where((device) => device.accountId === accountId && device.attention.length > 0),
      );
    }
  });

  test("is that of the caller's own customer where none is named", async () => {
    const { token } = await fleet.key(customerId, "viewer");
    const { items } = await fleet.ok("listDevices", {}, { token });
    expect(idsOf(items)).toEqual(idsOf(all));
    // Whoever sells has none itself.
    expectRefusal(await fleet.call("listDevices"), 422, "not_applicable", "customerId");
  });

  test.each([
    ["the whole", {}, () => true],
    ["those that are suspended", { state: "suspended" }, ({ state }: Body) => state === "suspended"],
    ["those that wait", { state: "pending" }, ({ state }: Body) => state === "pending"],
    ["those that need attention", { attention: "true" }, ({ attention }: Body) => attention.length > 0],
  ])("of %s reads what it returns, and one more to know whether it goes on", async (_, filter, holds) => {
    const stack = fleet.runtime.client.middlewareStack;
    for (const limit of [2, 200]) {
      let [queried, fetched] = [0, 0];
      stack.add(
        (next) => async (args) => {
          const answer = await next(args);
          const { Items = [], Responses = {} } = answer.output as {
            Items?: unknown[];
            Responses?: Record<string, unknown[]>;
          };
          queried += Items.length;
          fetched += JSON.stringify(Object.values(Responses)).match(/"device"/g)?.length ?? 0;
          return answer;
        },
        { step: "initialize", name: "countItems" },
      );
      const { items } = await fleet
        .ok("listDevices", { query: { customerId, limit: String(limit), ...filter } })
        .finally(() => stack.remove("countItems"));
      expect(items).toHaveLength(Math.min(limit, where(holds).length));
      expect(queried).toBeLessThanOrEqual(items.length + 1);
      expect(fetched).toBeLessThanOrEqual(items.length);
    }
  });

  test.each([
    ["state", { state: "gone" }],
    ["attention", { attention: "maybe" }],
    ["limit", { limit: "201" }],
    ["limit", { limit: "0" }],
    ["kind", { kind: "laptop" }],
  ])("is refused at %s", async (path, query) => {
    expectRefusal(await fleet.call("listDevices", { query: { customerId, ...query } }), 400, "invalid_request", path);
  });
  test("does not take a cursor that it did not give", async () => {
    const query = { customerId, cursor: "made-up" };
    expectRefusal(await fleet.call("listDevices", { query }), 400, "invalid_cursor");
  });
});
