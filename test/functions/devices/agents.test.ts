import { beforeAll, describe, expect, test, vi } from "vitest";
import type { OperationId } from "../../../functions/routes.ts";
import type { Reply, Request } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
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

const isWrite = (call: string): boolean => /Transact|Put|Update|Delete/.test(call);
const agent = (device: { token: string }, operation: OperationId, request: Request = {}) =>
  fleet.call(operation, request, { token: device.token });
/** Does something that must not even try to write. */
async function writingNothing(work: () => Promise<unknown>): Promise<void> {
  expect((await fleet.callsDuring(work)).filter(isWrite)).toEqual([]);
}

describe("a device (A6)", () => {
  let login: Awaited<ReturnType<Fleet["login"]>>;
  /** Two computers of one account, and one of another account of the same customer. */
  let mine: Enrolled;
  let others: Record<string, Enrolled>;
  beforeAll(async () => {
    login = await fleet.login();
    const by = async ({ username, password }: typeof login): Promise<Enrolled> => {
      const { body } = await fleet.enrol({ username, password });
      return { ...body.device, token: body.token };
    };
    mine = await by(login);
    const { customerId } = login;
    others = {
      "of the same account": await by(login),
      "of another account of the customer": await by(await fleet.login({ customerId, plan: "basic" })),
      "of another customer": await fleet.device(),
    };
  });

  test.each(["of the same account", "of another account of the customer", "of another customer"])(
    "does not see, change or delete the backup sets of a device %s, nor report on them",
    async (which) => {
      const other = others[which] as Enrolled;
      const set = await fleet.ownSet(other, { name: "theirs" });
      const params = { id: set.id };
      await writingNothing(async () => {
        expectRefusal(await agent(mine, "updateOwnBackupSet", { params, body: { name: "x" } }), 404, "not_found");
        expectRefusal(
          await agent(mine, "deleteOwnBackupSet", { params, query: { confirm: "theirs" } }),
          404,
          "not_found",
        );
        expectRefusal(await agent(mine, "authorizeBackup", { body: { backupSetId: set.id } }), 404, "not_found");
        const times = { startedAt: fleet.at(-2), endedAt: fleet.at(-1), bytes: 1, files: 1 };
        const job = { jobId: "j", backupSetId: set.id, type: "backup", status: "failed", ...times };
        expectRefusal(await agent(mine, "reportJob", { body: job }), 404, "not_found");
      });
      const { items } = (await agent(mine, "listOwnBackupSets")).body;
      expect(items.map(({ id }: Body) => id)).not.toContain(set.id);
      expect(await fleet.ok("getBackupSet", { params })).toEqual(set);
      expect((await agent(other, "listOwnBackupSets")).body.items).toEqual([set]);
    },
  );

  test("of a sub-account reports nothing any more once the parent account is deleted", async () => {
    const parent = await fleet.login();
    const sub = {
      username: fleet.freshLogin(),
      password: parent.password,
      contact: { name: "Sue", email: "sue@example.com" },
    };
    await fleet.ok("createAccount", { body: { parentAccountId: parent.id, ...sub } });
    const { body } = await fleet.enrol({ username: sub.username, password: sub.password });
    const device = { ...body.device, token: body.token };
    const set = await fleet.ownSet(device);
    const query = { confirm: parent.username };
    await fleet.ok("deleteAccount", { params: { id: parent.id }, query });
    const usage = { usedBytes: 1, measuredAt: fleet.at() };
    const times = { startedAt: fleet.at(-2), endedAt: fleet.at(-1), bytes: 1, files: 1 };
    const job = { jobId: "j", backupSetId: set.id, type: "backup", status: "succeeded", ...times };
    expectRefusal(await agent(device, "reportUsage", { body: usage }), 409, "account_deleted");
    expectRefusal(await agent(device, "reportJob", { body: job }), 409, "account_deleted");
    expectRefusal(await agent(device, "createOwnBackupSet", { body: fleet.setInput() }), 409, "account_deleted");
    expect(await fleet.getDevice(device.id)).toMatchObject({ usedBytes: 0, lastSuccessAt: null });
  });

  test("creates, lists, changes and deletes its own, which people see as well", async () => {
    const made = (await agent(mine, "createOwnBackupSet", { body: fleet.setInput({ name: "Mine" }) })).body;
    expect(made).toMatchObject({ deviceId: mine.id, accountId: login.id, customerId: login.customerId, version: 1 });
    expect((await agent(mine, "listOwnBackupSets")).body).toEqual({ items: [made], nextCursor: null });
    const params = { id: made.id };
    const changed = await agent(mine, "updateOwnBackupSet", { params, body: { name: "Still mine" } });
    expect([changed.status, changed.body]).toMatchObject([200, { name: "Still mine", version: 2 }]);
    expect(await fleet.ok("getBackupSet", { params })).toEqual(changed.body);
    const remove = (confirm?: string) =>
      agent(mine, "deleteOwnBackupSet", { params, query: confirm === undefined ? {} : { confirm } });
    for (const confirm of [undefined, "Mine"])
      expectRefusal(await remove(confirm), 422, "confirmation_required", "confirm");
    expect((await remove("still  MINE")).status).toBe(200);
    expectRefusal(await remove("Still mine"), 404, "not_found");
    const told = (await fleet.logged(made.id)).map(({ type, actor }) => [type, actor.kind, actor.id]);
    expect(told).toEqual([
      ["BackupSetDeleted", "device", mine.id],
      ["BackupSetUpdated", "device", mine.id],
      ["BackupSetCreated", "device", mine.id],
    ]);
  });

  test("names no device of its own choosing in what it creates", async () => {
    const body = fleet.setInput({ deviceId: others["of the same account"]?.id });
    expectRefusal(await agent(mine, "createOwnBackupSet", { body }), 400, "invalid_request", "deviceId");
  });

  test("that is deleted changes nothing any more", async () => {
    const device = await fleet.device();
    const set = await fleet.ownSet(device, { name: "left" });
    await fleet.ok("deleteDevice", { params: { id: device.id }, query: { confirm: device.name } });
    const params = { id: set.id };
    await writingNothing(async () => {
      for (const [operation, request] of [
        ["createOwnBackupSet", { body: fleet.setInput() }],
        ["updateOwnBackupSet", { params, body: { name: "x" } }],
        ["deleteOwnBackupSet", { params, query: { confirm: "left" } }],
        ["reportUsage", { body: { usedBytes: 1, measuredAt: fleet.at() } }],
      ] as const)
        expectRefusal(await agent(device, operation, request), 409, "device_deleted");
    });
  });
});

describe("a report of usage", () => {
  const usage = (device: { token: string }, usedBytes: unknown, measuredAt: unknown = fleet.at()) =>
    agent(device, "reportUsage", { body: { usedBytes, measuredAt } });
  const stored = async (id: string) => (await fleet.getDevice(id)).usedBytes;

  test("is what the device uses from now on, be it more or less", async () => {
    const device = await fleet.device();
    for (const [ahead, usedBytes] of [
      [-3, 500],
      [-2, 20],
      [-1, 0],
      [0, 2 ** 50],
    ] as const) {
      const measuredAt = fleet.at(ahead * 1_000);
      const reply = await usage(device, usedBytes, measuredAt);
      expect([reply.status, reply.body]).toEqual([200, { usedBytes, measuredAt, stale: false }]);
      expect(await stored(device.id)).toBe(usedBytes);
    }
    const { version, lastSeenAt } = await fleet.getDevice(device.id);
    expect(version).toBe(1);
    expect(Math.abs(Date.parse(lastSeenAt) - fleet.now())).toBeLessThan(60_000);
  });

  test.each([[-1], [0.5], [2 ** 50 + 1], [2 ** 53], [Number.MAX_VALUE]])(
    "of %d bytes is refused",
    async (usedBytes) => {
      const device = await fleet.device();
      await writingNothing(async () => {
        expectRefusal(await usage(device, usedBytes), 422, "invalid_figure", "usedBytes");
      });
      expect(await stored(device.id)).toBe(0);
    },
  );
  test("just beyond what numbers hold exactly is refused as it is sent", async () => {
    const { token } = await fleet.device();
    const raw = `{"usedBytes":9007199254740993,"measuredAt":"${fleet.at()}"}`;
    expectRefusal(
      await fleet.call("reportUsage", {}, { token, raw, headers: { "content-type": "application/json" } }),
      422,
      "invalid_figure",
      "usedBytes",
    );
  });
  test.each([["5"], [null], [[5]], [true], [undefined]])("of no number (%j) is refused", async (usedBytes) => {
    const device = await fleet.device();
    expectRefusal(await usage(device, usedBytes), 400, "invalid_request", "usedBytes");
  });
  test.each([["yesterday"], [5], [null], ["2026-01-01"], ["2026-13-01T00:00:00Z"]])(
    "of no moment (%j) is refused",
    async (measuredAt) => {
      expectRefusal(await usage(await fleet.device(), 5, measuredAt), 400, "invalid_request", "measuredAt");
    },
  );

  test("from the future is refused, but for clocks that are ten minutes ahead", async () => {
    const device = await fleet.device();
    const grace = 10 * 60_000;
    await writingNothing(async () => {
      expectRefusal(await usage(device, 7, fleet.at(grace + 30_000)), 422, "invalid_time", "measuredAt");
    });
    const ahead = fleet.at(grace - 30_000);
    expect((await usage(device, 7, ahead)).body).toEqual({ usedBytes: 7, measuredAt: ahead, stale: false });
  });

  test("that is older than the last changes nothing, and says so with what counts", async () => {
    const device = await fleet.device();
    const measuredAt = fleet.at(-1_000);
    await usage(device, 50, measuredAt);
    const before = await fleet.deviceItem(device);
    await writingNothing(async () => {
      for (const [usedBytes, at] of [
        [60, fleet.at(-5_000)],
        [50, fleet.at(-5_000)],
        [60, measuredAt],
      ] as const) {
        const reply = await usage(device, usedBytes, at);
        expect([reply.status, reply.body]).toEqual([200, { usedBytes: 50, measuredAt, stale: true }]);
      }
    });
    expect(await fleet.deviceItem(device)).toEqual(before);
  });

  test("that is sent again is no older one, and changes nothing either", async () => {
    const device = await fleet.device();
    const measuredAt = fleet.at(-1_000);
    await usage(device, 50, measuredAt);
    await writingNothing(async () => {
      const respelled = measuredAt.replace(".000Z", "Z");
      for (const at of [measuredAt, respelled])
        expect((await usage(device, 50, at)).body).toEqual({ usedBytes: 50, measuredAt, stale: false });
    });
  });

  test("and others at once leave the newest", { timeout: 60_000 }, async () => {
    const device = await fleet.device();
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, index) => usage(device, 100 + index, fleet.at(index * 1_000 - 20_000))),
    );
    for (const { status } of replies) expect([200, 409]).toContain(status);
    await usage(device, 999, fleet.at(-1_000));
    expect(await stored(device.id)).toBe(999);
    const { items } = await fleet.ok("listDevices", { query: { customerId: device.customerId } });
    expect(items).toMatchObject([{ id: device.id, usedBytes: 999 }]);
  });

  test("of a suspended device is taken in: what it stores is stored", async () => {
    const device = await fleet.device();
    await fleet.ok("deactivateDevice", { params: { id: device.id } });
    expect((await usage(device, 5)).body).toMatchObject({ usedBytes: 5, stale: false });
  });
});
