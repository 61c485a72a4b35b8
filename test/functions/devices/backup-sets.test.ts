import { beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

type Body = Reply["body"];

let fleet: Fleet;
let device: Enrolled;
beforeAll(async () => {
  fleet = await openFleet();
  device = await fleet.device();
});

const create = (more: object = {}, of: { id: string } = device) =>
  fleet.call("createBackupSet", { body: { deviceId: of.id, ...fleet.setInput(more) } });
const made = async (more?: object, of?: { id: string }): Promise<Body> => {
  const reply = await create(more, of);
  expect([reply.status, reply.body.code]).toEqual([201, undefined]);
  return reply.body;
};
const patch = (id: string, body: object, headers: Record<string, string> = {}) =>
  fleet.call("updateBackupSet", { params: { id }, body }, { headers });
const get = (id: string) => fleet.ok("getBackupSet", { params: { id } });
const remove = (id: string, confirm?: string, headers: Record<string, string> = {}) =>
  fleet.call("deleteBackupSet", { params: { id }, query: confirm === undefined ? {} : { confirm } }, { headers });
const list = async (of: { id: string }): Promise<Body[]> =>
  (await fleet.ok("listBackupSets", { query: { deviceId: of.id } })).items;

describe("a backup set", () => {
  test("is of a device, with what is left out said in full", async () => {
    const set = await made({ name: "Documents" });
    expect(set).toEqual({
      id: expect.stringMatching(/^set_[0-9A-Z]{26}$/),
      version: 1,
      customerId: device.customerId,
      accountId: device.accountId,
      deviceId: device.id,
      dataDeviceId: device.id,
      name: "Documents",
      schedule: null,
      selection: { include: ["C:\\Users"], exclude: [] },
      retention: { versions: null, days: null },
      throttle: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await get(set.id)).toEqual(set);
    expect((await fleet.logged(set.id)).map(({ type }) => type)).toEqual(["BackupSetCreated"]);
  });

  test("has a schedule, a selection, a retention and a throttle of its own", async () => {
    const schedule = { days: ["monday", "sunday"], at: "23:59", everyHours: 24 };
    const selection = { include: ["C:\\"], exclude: ["*.tmp", "C:\\Windows"] };
    const retention = { versions: 1_000, days: 3_650 };
    const throttle = { mode: "own", enabled: true, always: false, from: "22:00", to: "06:00", bytesPerSecond: 1 };
    const set = await made({ schedule, selection, retention, throttle });
    expect(set).toMatchObject({ schedule, selection, retention, throttle });
    expect(await made({ schedule: { days: ["friday"], at: "00:00" } })).toMatchObject({
      schedule: { days: ["friday"], at: "00:00", everyHours: null },
    });
  });

  const at = { days: ["monday"], at: "22:00" };
  const include = ["C:\\"];
  test.each([
    ["name", { name: "" }],
    ["name", { name: "x".repeat(201) }],
    ["schedule.days", { schedule: { ...at, days: [] } }],
    ["schedule.days", { schedule: { ...at, days: ["monday", "monday"] } }],
    ["schedule.days.0", { schedule: { ...at, days: ["Monday"] } }],
    ["schedule.at", { schedule: { ...at, at: "24:00" } }],
    ["schedule.at", { schedule: { ...at, at: "9:00" } }],
    ["schedule.at", { schedule: { days: ["monday"] } }],
    ["schedule.everyHours", { schedule: { ...at, everyHours: 0 } }],
    ["schedule.everyHours", { schedule: { ...at, everyHours: 25 } }],
    ["schedule.everyHours", { schedule: { ...at, everyHours: 1.5 } }],
    ["schedule.zone", { schedule: { ...at, zone: "UTC" } }],
    ["selection", { selection: undefined }],
    ["selection.include", { selection: { include: [] } }],
    ["selection.include", { selection: { include: Array.from({ length: 201 }, () => "C:\\") } }],
    ["selection.include.0", { selection: { include: ["x".repeat(1_001)] } }],
    ["selection.exclude.0", { selection: { include, exclude: [5] } }],
    ["retention.versions", { retention: { versions: 0 } }],
    ["retention.versions", { retention: { versions: 1_001 } }],
    ["retention.days", { retention: { days: 3_651 } }],
    ["retention.weeks", { retention: { weeks: 1 } }],
    ["throttle.bytesPerSecond", { throttle: { mode: "own", enabled: true } }],
    ["throttle.bytesPerSecond", { throttle: { mode: "own", bytesPerSecond: 0 } }],
    ["throttle.from", { throttle: { mode: "own", enabled: true, always: false, bytesPerSecond: 1 } }],
    ["throttle.mode", { throttle: { mode: "mine" } }],
    ["more", { more: 1 }],
  ])("is refused at %s (%j)", async (path, more) => {
    const before = (await list(device)).length;
    expectRefusal(await create(more), 400, "invalid_request", path);
    expect(await list(device)).toHaveLength(before);
    if (path === "selection" || path === "more") return;
    // What cannot be made cannot be changed to either, by people or by the device.
    const own = await fleet.device();
    const set = await fleet.ownSet(own);
    expectRefusal(await patch(set.id, more), 400, "invalid_request", path);
    const byItself = await fleet.call(
      "updateOwnBackupSet",
      { params: { id: set.id }, body: more },
      { token: own.token },
    );
    // A device cannot lift the throttling that those above it have set: to it there is no such field.
    expectRefusal(byItself, 400, "invalid_request", path.startsWith("throttle") ? "throttle" : path);
    expect(await get(set.id)).toEqual(set);
  });

  test("is not of a device that waits or is deleted, and not of one that does not exist", async () => {
    const { id } = await fleet.customer({ autoAuthorize: false });
    const { token: enrolmentKey } = await fleet.enrolmentKey(id);
    const { body } = await fleet.enrol({ enrolmentKey });
    expectRefusal(await create({}, body.device), 409, "device_not_pending");
    expect(await list(body.device)).toEqual([]);
    const gone = await fleet.device();
    await fleet.ok("deleteDevice", { params: { id: gone.id }, query: { confirm: gone.name } });
    expectRefusal(await create({}, gone), 409, "device_deleted");
    expectRefusal(await create({}, { id: `dev_${"0".repeat(26)}` }), 404, "not_found");
  });

  test("is one of 200 at most", { timeout: 60_000 }, async () => {
    const own = await fleet.device();
    await fleet.setItem(own.customerId, { setCount: 198 }, `device#/${own.accountId}/${own.id}`);
    const sets = await Promise.all([fleet.ownSet(own), made({}, own)]);
    expectRefusal(await create({}, own), 409, "too_many");
    const byItself = { body: fleet.setInput() };
    expectRefusal(await fleet.call("createOwnBackupSet", byItself, { token: own.token }), 409, "too_many");
    expect((await remove(String(sets[0].id), String(sets[0].name))).status).toBe(200);
    await made({}, own);
    expectRefusal(await create({}, own), 409, "too_many");
  });

  test("is one of 200 at most also where several are made at once", { timeout: 60_000 }, async () => {
    const own = await fleet.device();
    await fleet.setItem(own.customerId, { setCount: 198 }, `device#/${own.accountId}/${own.id}`);
    const replies = await Promise.all(Array.from({ length: 6 }, () => create({}, own)));
    const count = replies.filter(({ status }) => status === 201).length;
    expect((await fleet.deviceItem(own)).setCount).toBe(198 + count);
    expect(await list(own)).toHaveLength(count);
    expect(count).toBeLessThanOrEqual(2);
  });
});

describe("a change of a backup set", () => {
  test("is a merge patch: what is not named stays, null clears", async () => {
    const schedule = { days: ["monday"], at: "22:00", everyHours: 2 };
    const retention = { versions: 5, days: 30 };
    const throttle = { mode: "own", enabled: true, bytesPerSecond: 9 };
    const set = await made({ schedule, retention, throttle });
    const step = async (body: object): Promise<Body> => {
      const reply = await patch(set.id, body);
      expect([reply.status, reply.body.code]).toEqual([200, undefined]);
      expect(await get(set.id)).toEqual(reply.body);
      return reply.body;
    };
    expect(await step({ name: "New" })).toMatchObject({ name: "New", schedule, retention, throttle, version: 2 });
    expect(await step({ throttle: { bytesPerSecond: 7 } })).toMatchObject({
      throttle: { mode: "own", enabled: true, bytesPerSecond: 7 },
    });
    expect(await step({ selection: { include: ["D:\\"] } })).toMatchObject({
      selection: { include: ["D:\\"], exclude: [] },
    });
    expect((await step({ throttle: null })).throttle).toBeNull();
    expect((await step({ schedule: null })).schedule).toBeNull();
    expect(await step({ schedule: { days: ["friday"], at: "01:00" } })).toMatchObject({
      schedule: { days: ["friday"], at: "01:00", everyHours: null },
    });
    expect(await step({})).toMatchObject({ version: 7 });
    const told = await fleet.logged(set.id);
    expect(told.map(({ type }) => type)).toEqual([
      ...Array.from({ length: 6 }, () => "BackupSetUpdated"),
      "BackupSetCreated",
    ]);
    expect(told[5].changes).toMatchObject([{ path: "name", before: set.name, after: "New" }]);
  });

  test("is refused where it names another device, and where the version is not the current one", async () => {
    const set = await made();
    expectRefusal(await patch(set.id, { deviceId: device.id }), 400, "invalid_request", "deviceId");
    await patch(set.id, { name: "two" });
    expectRefusal(await patch(set.id, { name: "three" }, { "if-match": '"1"' }), 412, "precondition_failed");
    expect((await patch(set.id, { name: "three" }, { "if-match": '"2"' })).body.version).toBe(3);
  });
});

describe("the deletion of a backup set", () => {
  test("needs its name, and is final", async () => {
    const set = await made({ name: "Old Documents" });
    for (const confirm of [undefined, "", "Documents"])
      expectRefusal(await remove(set.id, confirm), 422, "confirmation_required", "confirm");
    expectRefusal(await remove(set.id, "Old Documents", { "if-match": '"9"' }), 412, "precondition_failed");
    const reply = await remove(set.id, " old documents ");
    expect([reply.status, reply.body]).toEqual([200, set]);
    for (const call of [
      fleet.call("getBackupSet", { params: { id: set.id } }),
      patch(set.id, { name: "x" }),
      remove(set.id, "Old Documents"),
    ])
      expectRefusal(await call, 404, "not_found");
    expect((await list(device)).map(({ id }) => id)).not.toContain(set.id);
    expect((await fleet.logged(set.id))[0]).toMatchObject({ type: "BackupSetDeleted", node: { name: set.name } });
  });
});

test("a device's backup sets are one page, oldest first, and no other's", async () => {
  const { id } = await fleet.customer();
  const [one, other] = [await fleet.device(id), await fleet.device(id)];
  const sets = [];
  for (let count = 0; count < 5; count += 1) {
    sets.push(await made({}, one));
    await made({}, other);
  }
  expect(await list(one)).toEqual(sets);
  const { body } = await fleet.call("listBackupSets", { query: { deviceId: one.id } });
  expect(body.nextCursor).toBeNull();
  expectRefusal(await fleet.call("listBackupSets"), 400, "invalid_request", "deviceId");
});
