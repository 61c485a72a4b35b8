import { beforeAll, describe, expect, test } from "vitest";
import { setsMovedAtMost } from "../../../shared/store/devices/replacements.ts";
import { openDatabase } from "../../../shared/store/table/database.ts";
import { createMeter } from "../../../shared/store/table/units.ts";
import { checkCustomer } from "../../../shared/store/usage/recount.ts";
import { openTableStream } from "../../fleet/table-stream.ts";
import { deviceComplaints } from "../../model/device-invariants.ts";
import { dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet, type Proof } from "../stages/fleet.ts";
import { settleStream } from "../stages/settle.ts";

type Body = Reply["body"];

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
  return () => stream.close();
});

let serial = 0;
const computer = (name: string, more: object = {}) => ({
  machineId: `system-${(serial += 1)}`,
  name,
  kind: "server",
  os: "Windows Server 2025",
  ...more,
});
const at = (id: string) => ({ params: { id } });
const device = (id: string): Promise<Body> => fleet.ok("getDevice", at(id));
const account = (id: string): Promise<Body> => fleet.ok("getAccount", at(id));
const replace = (older: { id: string }, newer: { id: string }, query: Record<string, string> = {}) =>
  fleet.call("replaceDevice", { ...at(older.id), body: { by: newer.id }, query });
const ask = async (of: { token: string }, body: object = {}): Promise<Body> => (await fleet.backup(of, body)).body;
const agent = (of: { token: string }, operation: Parameters<Fleet["call"]>[0], body: object) =>
  fleet.ok(operation, { body }, { token: of.token });
const job = (setId: string, startedAtMs: number, more: object = {}) => ({
  jobId: `job-${(serial += 1)}`,
  backupSetId: setId,
  type: "backup",
  status: "succeeded",
  startedAt: new Date(startedAtMs).toISOString(),
  endedAt: new Date(startedAtMs + 60_000).toISOString(),
  bytes: 10,
  files: 1,
  ...more,
});
const measured = async (of: { token: string }, usedBytes: number) =>
  agent(of, "reportUsage", { usedBytes, measuredAt: new Date(fleet.now()).toISOString() });

interface Office {
  id: string;
  enrol: (name: string, more?: object) => Promise<Enrolled & { state: string; createdAt: string }>;
}
/** A customer whose computers enrol by one key, each into an account of its own. */
async function office(more: object = {}): Promise<Office> {
  const { id } = await fleet.customer(more);
  const { token: enrolmentKey } = await fleet.enrolmentKey(id);
  return { id, enrol: (name, other) => enrolled({ enrolmentKey }, name, other) };
}
async function enrolled(
  proof: Proof,
  name: string,
  more: object = {},
): Promise<Enrolled & { state: string; createdAt: string }> {
  const { status, body } = await fleet.enrol(proof, computer(name, more));
  expect([200, 201, 202]).toContain(status);
  return { ...body.device, token: body.token };
}
/** Neither counters nor limits of devices contradict what is there. */
async function allCounts(customerId: string): Promise<void> {
  await settleStream(fleet, stream);
  expect(
    await checkCustomer(openDatabase(fleet.runtime.client, fleet.table.tableName, createMeter()), customerId),
  ).toEqual([]);
  expect(deviceComplaints(await dump(fleet.table))).toEqual([]);
}
const attentionOf = async (id: string): Promise<string[]> => (await device(id)).attention.map(({ code }: Body) => code);

describe("a computer whose system is installed anew", () => {
  test("becomes a second device, and the first one says that it may be the same", async () => {
    const { id: customerId, enrol } = await office();
    const first = await enrol("FILESERVER");
    const newer = await enrol("fileserver");
    expect(newer.id).not.toBe(first.id);
    expect((await device(first.id)).attention).toEqual([
      { code: "possible_duplicate", since: newer.createdAt, deviceId: newer.id },
    ]);
    expect((await device(newer.id)).attention).toEqual([]);
    const { items } = await fleet.ok("listDevices", { query: { customerId, attention: "true" } });
    expect(items.map(({ id }: Body) => id)).toEqual([first.id]);
    expect((await fleet.logged(first.id)).map(({ type }) => type)).toContain("DevicePossibleDuplicate");
    // Installed once more: the last one of the name is asked about.
    const third = await enrol("FileServer");
    expect((await device(newer.id)).attention).toMatchObject([{ code: "possible_duplicate", deviceId: third.id }]);
    expect((await device(first.id)).attention).toMatchObject([{ deviceId: newer.id }]);
  });

  test("raises nothing under another name, at another customer, or below another account", async () => {
    const [here, there] = [await office(), await office()];
    const first = await here.enrol("PC");
    await here.enrol("PC-2");
    await there.enrol("PC");
    const login = await fleet.login({ customerId: here.id, plan: "basic" });
    await enrolled({ username: login.username, password: login.password }, "PC");
    expect(await attentionOf(first.id)).toEqual([]);
  });

  test("raises nothing about a device that is deleted, that waits, or that had the name before", async () => {
    const { enrol } = await office();
    const [gone, renamed] = [await enrol("OLD"), await enrol("BEFORE")];
    await fleet.ok("deleteDevice", { ...at(gone.id), query: { confirm: "OLD" } });
    await fleet.ok("updateDevice", { ...at(renamed.id), body: { name: "AFTER" } });
    await enrol("OLD");
    await enrol("BEFORE");
    expect(await attentionOf(gone.id)).toEqual([]);
    expect(await attentionOf(renamed.id)).toEqual([]);
    await enrol("after");
    expect(await attentionOf(renamed.id)).toEqual(["possible_duplicate"]);
    const closed = await office({ autoAuthorize: false });
    const waiting = await closed.enrol("WAITS");
    await closed.enrol("WAITS");
    expect(await attentionOf(waiting.id)).toEqual(["pending"]);
  });

  test("is noticed by the name that it enrolled with last", async () => {
    const { id } = await fleet.customer();
    const { token: enrolmentKey } = await fleet.enrolmentKey(id);
    const first = await enrolled({ enrolmentKey }, "ONE", { machineId: "same" });
    await enrolled({ enrolmentKey }, "TWO", { machineId: "same" });
    await enrolled({ enrolmentKey }, "ONE");
    expect(await attentionOf(first.id)).toEqual([]);
    await enrolled({ enrolmentKey }, "TWO");
    expect(await attentionOf(first.id)).toEqual(["possible_duplicate"]);
  });

  test("is another computer once the first reports a job, or somebody keeps both", async () => {
    const { enrol } = await office();
    const first = await enrol("LAPTOP");
    const set = await fleet.ownSet(first);
    const newer = await enrol("LAPTOP");
    expect(await attentionOf(first.id)).toEqual(["possible_duplicate"]);
    await agent(first, "reportJob", job(set.id, fleet.now() - dayMs, { status: "failed" }));
    expect(await attentionOf(first.id)).toEqual(["backup_failed"]);
    await enrol("LAPTOP");
    expect(await attentionOf(newer.id)).toEqual(["possible_duplicate"]);
    const keep = (how: string) => fleet.ok("resolveIdentity", { ...at(newer.id), body: { keep: how } });
    expect((await keep("current")).device.attention).toHaveLength(1);
    expect(await keep("both")).toMatchObject({ device: { attention: [] }, other: null });
    expect(await attentionOf(newer.id)).toEqual([]);
  });
});

describe("a device that replaces another", () => {
  test("gets its account, sets, history, licence, throttle and data at once, and the older is deleted", async () => {
    const { id: customerId, enrol } = await office({ licences: { limit: 2 }, deviceLimit: 2 });
    const older = await enrol("FILES");
    const sets = [await fleet.ownSet(older), await fleet.ownSet(older)];
    expect((await ask(older)).allowed).toBe(true);
    await fleet.ok("updateDevice", {
      ...at(older.id),
      body: { throttle: { mode: "own", enabled: true, bytesPerSecond: 1_000 } },
    });
    const began = fleet.now() - 3_600_000;
    await agent(older, "reportJob", job(sets[0].id, began));
    await measured(older, 700);
    const newer = await enrol("FILES");
    const own = await fleet.ownSet(newer);
    expect((await ask(newer)).allowed).toBe(true);
    await agent(newer, "reportJob", job(own.id, began + 600_000));
    await measured(newer, 300);
    await settleStream(fleet, stream);
    const [oldAccount, newAccount] = [older.accountId, newer.accountId];
    expect(newAccount).not.toBe(oldAccount);
    expect((await fleet.get(customerId)).licences).toMatchObject({ used: 2, available: 0 });

    const rehearsed = await replace(older, newer, { dryRun: "true" });
    expect(rehearsed.status).toBe(200);
    expect((await device(older.id)).state).toBe("active");
    const { status, body } = await replace(older, newer);
    expect(status).toBe(200);
    expect(body.device).toEqual(await device(newer.id));
    expect(body.replaced).toEqual(await device(older.id));
    expect(body.device).toMatchObject({
      id: newer.id,
      accountId: oldAccount,
      machineId: newer.machineId,
      state: "active",
      licensed: true,
      usedBytes: 1_000,
      replaces: [older.id],
      replacedBy: null,
      attention: [],
    });
    expect(body.device.throttle.bytesPerSecond).toBe(1_000);
    expect(body.replaced).toMatchObject({ state: "deleted", licensed: false, usedBytes: 0, replacedBy: newer.id });

    const pointer = await fleet.item(`ID#${newer.id}`);
    expect(pointer).toMatchObject({ accountId: oldAccount, customerId });
    expect(pointer.tokenHash).not.toBe((await fleet.item(`ID#${older.id}`)).tokenHash);

    // One licence, one place, and all the space at the older one's account.
    expect((await fleet.get(customerId)).licences).toMatchObject({ used: 1, available: 1 });
    expect(await fleet.get(customerId)).toMatchObject({ deviceCount: 1, space: { usedBytes: 1_000 } });
    expect(await account(oldAccount)).toMatchObject({ deviceCount: 1, usedBytes: 1_000 });
    expect(await account(newAccount)).toMatchObject({ deviceCount: 0, usedBytes: 0 });
    await allCounts(customerId);
    expect(await fleet.get(customerId)).toMatchObject({ deviceCount: 1, space: { usedBytes: 1_000 } });
    await measured(newer, 1_500);
    await allCounts(customerId);
    expect(await account(oldAccount)).toMatchObject({ usedBytes: 1_500 });

    // The computer has all sets; those of the older keep the place of their data.
    const { items } = await fleet.ok("listOwnBackupSets", {}, { token: newer.token });
    expect(items.map(({ id }: Body) => id).sort()).toEqual([...sets, own].map(({ id }) => id).sort());
    for (const { deviceId, accountId } of items) expect([deviceId, accountId]).toEqual([newer.id, oldAccount]);
    const moved = await fleet.ok("getBackupSet", at(sets[0].id));
    expect(moved).toMatchObject({ deviceId: newer.id, dataDeviceId: older.id, version: 2 });
    const prefix = (id: string): string => `${customerId}/${id}/`;
    const granted = async (body: object) => {
      const { grant } = await ask(newer, body);
      return [grant.prefix, grant.inheritedPrefixes];
    };
    expect(await granted({ backupSetId: sets[0].id })).toEqual([prefix(older.id), [prefix(older.id)]]);
    expect(await granted({ backupSetId: own.id })).toEqual([prefix(newer.id), [prefix(older.id)]]);
    expect(await granted({})).toEqual([prefix(newer.id), [prefix(older.id)]]);

    // Its history begins with the older one's, page by page.
    await agent(newer, "reportJob", job(sets[1].id, began + 1_200_000));
    const ids = async (limit: string): Promise<string[]> => {
      const seen: string[] = [];
      for (let cursor: string | null = null; ;) {
        const query: Record<string, string> = { limit, ...(cursor !== null && { cursor }) };
        const page: Body = await fleet.ok("listDeviceJobs", { ...at(newer.id), query });
        seen.push(...page.items.map(({ deviceId }: Body) => deviceId));
        cursor = page.nextCursor;
        if (cursor === null) return seen;
      }
    };
    for (const limit of ["1", "2", "50"]) expect(await ids(limit)).toEqual([newer.id, newer.id, older.id]);
    expect((await fleet.ok("listSetJobs", at(sets[0].id))).items).toHaveLength(1);

    // The older computer's token opens nothing, and nothing of it comes back.
    expectRefusal(
      await fleet.call("createOwnBackupSet", { body: fleet.setInput() }, { token: older.token }),
      409,
      "device_deleted",
    );
    expect((await ask(older)).reasons).toMatchObject([{ code: "deleted" }]);
    expectRefusal(await fleet.call("restoreDevice", at(older.id)), 409, "device_replaced");
    expect((await fleet.logged(older.id)).map(({ type }) => type)).toContain("DeviceReplaced");
    const report = await fleet.ok("listDeletions", at(customerId));
    expect(report.items).toMatchObject([{ nodeId: older.id, kind: "device", deviceCount: 1, licences: 1 }]);

    // Again changes nothing, and the older name and machine id are free.
    const before = await dump(fleet.table);
    expect((await replace(older, newer)).body.device).toEqual(await device(newer.id));
    const noRates = (items: Body[]) => items.filter(({ pk }) => !String(pk).startsWith("RATE#"));
    expect(noRates(await dump(fleet.table))).toEqual(noRates(before));
    await enrol("FILES", { machineId: older.machineId });
    await allCounts(customerId);
  });

  test("begins in its place where it waits, also where no other device may be added", async () => {
    const { id: customerId, enrol } = await office({ autoAuthorize: false, deviceLimit: 1, licences: { limit: 1 } });
    const older = await enrol("DESK");
    await fleet.ok("approveDevice", { ...at(older.id), body: { plan: "select" } });
    const { accountId } = await device(older.id);
    const set = await fleet.ownSet(older);
    expect((await ask(older)).allowed).toBe(true);
    const newer = await enrol("DESK");
    expect(newer).toMatchObject({ state: "pending", accountId: null });
    expectRefusal(await fleet.call("approveDevice", { ...at(newer.id), body: { accountId } }), 409, "device_limit");
    const { status, body } = await replace(older, newer);
    expect([status, body.device.state, body.device.accountId, body.device.licensed]).toEqual([
      200,
      "active",
      accountId,
      true,
    ]);
    expect(body.device.attention).toEqual([]);
    expect((await ask(newer, { backupSetId: set.id })).allowed).toBe(true);
    expect((await fleet.get(customerId)).licences).toMatchObject({ used: 1, available: 0 });
    expect((await fleet.get(customerId)).deviceCount).toBe(1);
    await allCounts(customerId);
  });

  test("stays in the account that both are in, and takes over what the older had been told", async () => {
    const login = await fleet.login();
    const proof = { username: login.username, password: login.password };
    const older = await enrolled(proof, "NOTE");
    const set = await fleet.ownSet(older);
    const succeeded = job(set.id, fleet.now() - dayMs);
    await agent(older, "reportJob", succeeded);
    await agent(older, "reportJob", job(set.id, fleet.now() - 3_600_000, { status: "failed" }));
    await measured(older, 40);
    await fleet.ok("deactivateDevice", at(older.id));
    await settleStream(fleet, stream);
    const newer = await enrolled(proof, "NOTE");
    const { body } = await replace(older, newer);
    const { lastSuccessAt } = await device(newer.id);
    expect(body.device).toMatchObject({ state: "suspended", accountId: login.id, usedBytes: 40 });
    expect(body.device.attention.map(({ code }: Body) => code)).toEqual(["backup_failed"]);
    expect(lastSuccessAt).toBe(succeeded.endedAt);
    await allCounts(login.customerId);
    expect(await account(login.id)).toMatchObject({ deviceCount: 1, usedBytes: 40 });
  });

  test("holds the data of all that came before it, and lets them go when it is purged", async () => {
    const { id: customerId, enrol } = await office();
    const [first, second, third] = [await enrol("CHAIN"), await enrol("CHAIN"), await enrol("CHAIN")];
    for (const one of [first, second, third]) await measured(one, 100);
    const set = await fleet.ownSet(first);
    await replace(first, second);
    await replace(second, third);
    expect(await device(third.id)).toMatchObject({ replaces: [second.id, first.id], usedBytes: 300 });
    expect(await fleet.ok("getBackupSet", at(set.id))).toMatchObject({ deviceId: third.id, dataDeviceId: first.id });
    await allCounts(customerId);
    const ordered = async (): Promise<string[]> =>
      (await dump(fleet.table))
        .filter(({ kind, customerId: of }) => kind === "vault-order" && of === customerId)
        .map(({ deviceId }) => String(deviceId));
    fleet.advance(31 * dayMs);
    await fleet.invoke("functions/schedule/sweep-purges.ts", {});
    expectRefusal(await fleet.call("getDevice", at(first.id)), 404, "not_found");
    expect(await ordered()).toEqual([]);
    expect((await ask(third, { backupSetId: set.id })).grant.prefix).toBe(`${customerId}/${first.id}/`);
    await fleet.ok("deleteDevice", { ...at(third.id), query: { confirm: "CHAIN" } });
    fleet.advance(31 * dayMs);
    await fleet.invoke("functions/schedule/sweep-purges.ts", {});
    expect((await ordered()).sort()).toEqual([first.id, second.id, third.id].sort());
    await allCounts(customerId);
  });

  test("is refused what cannot be handed over, and changes nothing then", async () => {
    const [here, there] = [await office(), await office()];
    const [older, newer, other] = [await here.enrol("A"), await here.enrol("A"), await there.enrol("A")];
    expectRefusal(await replace(older, older), 422, "not_applicable");
    expectRefusal(await replace(older, other), 422, "not_applicable");
    expectRefusal(await replace(older, { id: "dev_01ARZ3NDEKTSV4RRFFQ69G5FAV" }), 404, "not_found");
    const { token } = await fleet.key(here.id, "operator");
    const foreign = { ...at(older.id), body: { by: other.id } };
    expectRefusal(await fleet.call("replaceDevice", foreign, { token }), 404, "not_found");
    for (let nth = 0; nth <= setsMovedAtMost; nth += 1) await fleet.ownSet(older);
    expectRefusal(await replace(older, newer), 409, "too_many");
    expect(await device(older.id)).toMatchObject({ state: "active", replacedBy: null });
    const { items } = await fleet.ok("listOwnBackupSets", {}, { token: older.token });
    await fleet.ok(
      "deleteOwnBackupSet",
      { ...at(items[0].id), query: { confirm: items[0].name } },
      { token: older.token },
    );
    expect((await replace(older, newer)).status).toBe(200);
    await allCounts(here.id);
    const last = await here.enrol("A");
    expectRefusal(await replace(older, last), 409, "device_deleted");
    expectRefusal(await replace(last, older), 409, "device_deleted");
    const closed = await office({ autoAuthorize: false });
    const [one, two] = [await closed.enrol("B"), await closed.enrol("B")];
    expectRefusal(await replace(one, two), 409, "device_not_pending");
  });

  test("moves backup sets that take more than one page to read, and refuses more than one transaction holds", async () => {
    const { id: customerId, enrol } = await office();
    const [older, newer] = [await enrol("BIG"), await enrol("BIG")];
    const paths = (many: number) => Array.from({ length: many }, (_, nth) => `/${String(nth).padEnd(900, "x")}`);
    const selection = { include: paths(200), exclude: paths(30) };
    for (let nth = 0; nth < 16; nth += 1) await fleet.ownSet(older, { selection });
    expectRefusal(await replace(older, newer), 409, "too_many");
    const listed = async (of: Enrolled): Promise<Body[]> => {
      const { items } = await fleet.ok("listBackupSets", { query: { deviceId: of.id } });
      return items;
    };
    expect(await listed(older)).toHaveLength(16);
    const own = await fleet.ok("listOwnBackupSets", {}, { token: older.token });
    expect(own.items).toHaveLength(16);
    for (const { id, name } of (await listed(older)).slice(0, 4))
      await fleet.ok("deleteBackupSet", { ...at(id), query: { confirm: name } });
    expect((await replace(older, newer)).status).toBe(200);
    expect((await device(newer.id)).state).toBe("active");
    const kept = (await dump(fleet.table)).filter(({ kind, customerId: of }) => kind === "set" && of === customerId);
    expect(kept.map(({ deviceId }) => deviceId)).toEqual(Array.from({ length: 12 }, () => newer.id));
  });

  test("takes over once, of two at the same time, and loses nothing that the computers report meanwhile", async () => {
    const { id: customerId, enrol } = await office();
    const [older, one, other] = [await enrol("RACE"), await enrol("RACE"), await enrol("RACE")];
    const sets = [await fleet.ownSet(older), await fleet.ownSet(one)];
    await measured(older, 10);
    const replies = await Promise.all([
      replace(older, one),
      replace(older, other),
      fleet.call("createOwnBackupSet", { body: fleet.setInput() }, { token: one.token }),
      measured(one, 20),
      fleet.call("createOwnBackupSet", { body: fleet.setInput() }, { token: older.token }),
      fleet.backup(one),
    ]);
    expect([replies[0].status, replies[1].status].sort()).toEqual([200, 409]);
    const winner = replies[0].status === 200 ? one : other;
    const made = [replies[2], replies[4]].flatMap(({ status, body }) => (status === 201 ? [body] : []));
    const held = await Promise.all(
      [one, other].map(({ token }) => fleet.ok("listOwnBackupSets", {}, { token }).then(({ items }) => items)),
    );
    expect(
      held
        .flat()
        .map(({ id }: Body) => id)
        .sort(),
    ).toEqual([...sets, ...made].map(({ id }) => id).sort());
    expect(await device(winner.id)).toMatchObject({ replaces: [older.id] });
    const [ofOne, ofOther] = [(await device(one.id)).usedBytes, (await device(other.id)).usedBytes];
    // What the winner measures after the replacement is all that it holds.
    if (winner === one)
      expect([
        [20, 0],
        [30, 0],
      ]).toContainEqual([ofOne, ofOther]);
    else expect([ofOne, ofOther]).toEqual([20, 10]);
    await allCounts(customerId);
  });

  /** Does something before the nth call to the table that a request makes. */
  async function overtakenAt<T>(nth: number, work: () => Promise<unknown>, request: () => Promise<T>): Promise<T> {
    let [calls, working] = [0, Promise.resolve<unknown>(undefined)];
    const stack = fleet.runtime.client.middlewareStack;
    stack.add(
      (next) => async (args) => {
        calls += 1;
        if (calls === nth) await (working = work());
        return next(args);
      },
      { step: "initialize", name: "overtake" },
    );
    try {
      return await request();
    } finally {
      await working;
      stack.remove("overtake");
    }
  }
  const moved = (older: Enrolled, newer: Enrolled) => async () =>
    expect((await replace(older, newer)).status).toBe(200);

  test.each([1, 2, 3, 4, 5])(
    "is never told that it is gone, where it is moved before call %i of its request",
    async (nth) => {
      const { enrol } = await office();
      const [older, newer] = [await enrol("USED"), await enrol("USED")];
      await overtakenAt(nth, moved(older, newer), () => measured(newer, 20));
      expect((await device(newer.id)).usedBytes).toBe(20);

      const [former, present] = [await enrol("ASKED"), await enrol("ASKED")];
      const { id: backupSetId } = await fleet.ownSet(present);
      const asked = await overtakenAt(nth, moved(former, present), () => fleet.backup(present, { backupSetId }));
      expect([asked.status, asked.body.allowed]).toEqual([200, true]);
    },
  );

  test.each([2, 3])("is told that it is gone, where it is purged before call %i of its request", async (nth) => {
    const { enrol } = await office();
    const doomed = await enrol("DOOMED");
    const purged = async (): Promise<void> => {
      await fleet.ok("deleteDevice", { ...at(doomed.id), query: { confirm: "DOOMED" } });
      fleet.advance(31 * dayMs);
      await fleet.invoke("functions/schedule/sweep-purges.ts", {});
    };
    const body = { usedBytes: 20, measuredAt: new Date(fleet.now()).toISOString() };
    const reply = await overtakenAt(nth, purged, () => fleet.call("reportUsage", { body }, { token: doomed.token }));
    expectRefusal(reply, 401, "unauthenticated");
  });
});
