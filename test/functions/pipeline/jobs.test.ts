import { beforeAll, describe, expect, test } from "vitest";
import { lone, partitions } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { allPages, dayMs, expectRefusal, maxSafe } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

type Body = Reply["body"];

let fleet: Fleet;
let device: Enrolled;
let setId: string;
let serial = 0;
beforeAll(async () => {
  fleet = await openFleet();
  ({ device, setId } = await withSet());
});

const withSet = async (customerId?: string): Promise<{ device: Enrolled; setId: string }> => {
  const made = await fleet.device(customerId);
  return { device: made, setId: (await fleet.ownSet(made)).id };
};
const job = (more: object = {}): Body => ({
  jobId: `job-${(serial += 1)}`,
  backupSetId: setId,
  type: "backup",
  status: "succeeded",
  startedAt: fleet.at(-60_000),
  endedAt: fleet.at(-1_000),
  bytes: 1_000,
  files: 3,
  errors: [],
  ...more,
});
const report = (body: Body, by = device) => fleet.call("reportJob", { body }, { token: by.token });
const reported = async (body: Body, by = device): Promise<Body> => {
  const reply = await report(body, by);
  expect([reply.status, reply.body.code]).toEqual([201, undefined]);
  return reply.body;
};
const ofDevice = (id: string, query: Record<string, string> = {}) =>
  allPages(fleet, "listDeviceJobs", { params: { id }, query });
const ofSet = (id: string, query: Record<string, string> = {}) =>
  allPages(fleet, "listSetJobs", { params: { id }, query });
const idsOf = ({ items }: { items: Body[] }): string[] => items.map(({ jobId }) => jobId);

describe("a job's result", () => {
  test("is kept as it was reported, with when it was", async () => {
    const body = job({ status: "warning", errors: ["a file was in use"], bytes: maxSafe, files: 0 });
    const result = await reported(body);
    expect(result).toEqual({ ...body, deviceId: device.id, reportedAt: expect.any(String) });
    expect(Math.abs(Date.parse(result.reportedAt) - fleet.now())).toBeLessThan(60_000);
    expect((await ofDevice(device.id, { type: "backup" })).items).toContainEqual(result);
    expect((await ofSet(setId)).items).toContainEqual(result);
  });

  test("is taken in once by its id, also with other times, another type and another set", async () => {
    const own = await withSet();
    const other = await fleet.ownSet(own.device);
    const body = job({ backupSetId: own.setId });
    const first = await reported(body, own.device);
    const before = await fleet.deviceItem(own.device);
    for (const more of [
      {},
      { startedAt: fleet.at(-120_000), endedAt: fleet.at() },
      { type: "restore", status: "failed", bytes: 7 },
      { backupSetId: other.id },
    ]) {
      const calls = await fleet.callsDuring(async () => {
        const again = await report({ ...body, ...more }, own.device);
        expect([again.status, again.body]).toEqual([200, first]);
      });
      expect(calls.filter((call) => /Transact|Put|Update|Delete/.test(call))).toEqual([]);
    }
    expect(await fleet.deviceItem(own.device)).toEqual(before);
    expect(idsOf(await ofDevice(own.device.id))).toEqual([body.jobId]);
    expect((await ofSet(other.id)).items).toEqual([]);
  });

  test("is taken in once where it is sent several times at once", { timeout: 60_000 }, async () => {
    const own = await withSet();
    const body = job({ backupSetId: own.setId });
    const replies = await Promise.all(Array.from({ length: 6 }, () => report(body, own.device)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(replies.map(({ body: answer }) => JSON.stringify(answer))).size).toBe(1);
    expect(idsOf(await ofDevice(own.device.id))).toEqual([body.jobId]);
  });

  test("may have the id of another device's", async () => {
    const own = await withSet();
    const body = job();
    await reported(body);
    await reported({ ...body, backupSetId: own.setId }, own.device);
  });

  test("is not of another device's backup set, be it of the same account", async () => {
    const login = await fleet.customer();
    const [one, sibling, stranger] = [await withSet(login.id), await withSet(login.id), await withSet()];
    for (const { setId: backupSetId } of [sibling, stranger]) {
      const calls = await fleet.callsDuring(async () => {
        expectRefusal(await report(job({ backupSetId }), one.device), 404, "not_found");
      });
      expect(calls.filter((call) => /Transact|Put|Update|Delete/.test(call))).toEqual([]);
      expect((await ofSet(backupSetId)).items).toEqual([]);
    }
  });

  test("is kept for 400 days, wherever it stands", async () => {
    const own = await withSet();
    const before = fleet.now();
    const body = await reported(job({ backupSetId: own.setId }), own.device);
    const items = await partitions(fleet.table, [`JOBS#${own.device.id}`, `JOBS#${own.setId}`]);
    expect(items).toHaveLength(3);
    for (const { expiresAt } of items) {
      expect(Number(expiresAt)).toBeGreaterThanOrEqual(Math.floor((before + 400 * dayMs) / 1000));
      expect(Number(expiresAt)).toBeLessThanOrEqual(Math.ceil((fleet.now() + 400 * dayMs) / 1000));
    }
    expect(await lone(fleet.table, [`JOBS#${body.jobId}`])).toEqual([]);
  });

  test.each([
    ["bytes", -1],
    ["bytes", 0.5],
    ["files", 2 ** 53],
    ["files", -3],
  ])("has figures that can be: it is refused at %s (%d)", async (field, value) => {
    expectRefusal(await report(job({ [field]: value })), 422, "invalid_figure", field);
  });
  test("has times that can be: not ahead by more than ten minutes, and not ended before it began", async () => {
    const ahead = 10 * 60_000;
    await reported(job({ startedAt: fleet.at(-1), endedAt: fleet.at(ahead - 60_000) }));
    expectRefusal(
      await report(job({ startedAt: fleet.at(ahead + 60_000), endedAt: fleet.at(ahead + 90_000) })),
      422,
      "invalid_time",
      "startedAt",
    );
    expectRefusal(await report(job({ endedAt: fleet.at(ahead + 60_000) })), 422, "invalid_time", "endedAt");
    expectRefusal(await report(job({ endedAt: fleet.at(-70_000) })), 422, "invalid_time", "endedAt");
    const at = fleet.at(-5_000);
    await reported(job({ startedAt: at, endedAt: at }));
  });
  test.each([
    ["jobId", { jobId: "with space" }],
    ["jobId", { jobId: "x".repeat(101) }],
    ["type", { type: "seed" }],
    ["status", { status: "done" }],
    ["bytes", { bytes: "1000" }],
    ["startedAt", { startedAt: "yesterday" }],
    ["endedAt", { endedAt: 5 }],
    ["errors.0", { errors: [""] }],
    ["errors", { errors: Array.from({ length: 101 }, () => "e") }],
    ["more", { more: 1 }],
  ])("has its form: it is refused at %s", async (path, more) => {
    expectRefusal(await report(job(more)), 400, "invalid_request", path);
  });
});

describe("the list of results", () => {
  test("of a device or a set is by type and time, newest first, page by page over all types", async () => {
    const own = await withSet();
    const other = await fleet.ownSet(own.device);
    const types = ["backup", "restore", "delete", "replication"] as const;
    const made: Body[] = [];
    for (let count = 0; count < 14; count += 1)
      made.push(
        await reported(
          job({
            backupSetId: count % 3 === 0 ? other.id : own.setId,
            type: types[(count * 7) % 4],
            // Not in the order in which they are told, and two at the same time.
            startedAt: fleet.at(-3_600_000 - ((count * 5) % 13) * 1_000),
          }),
          own.device,
        ),
      );
    const newestFirst = (jobs: readonly Body[]): string[] =>
      jobs
        .toSorted((one, next) => (`${one.startedAt}#${one.jobId}` < `${next.startedAt}#${next.jobId}` ? 1 : -1))
        .map(({ jobId }) => jobId);
    for (const limit of ["1", "3", "4", "50"]) {
      const all = await ofDevice(own.device.id, { limit });
      expect(idsOf(all), limit).toEqual(newestFirst(made));
      expect(all.pages.length).toBe(Math.ceil(14 / Number(limit)));
      expect(idsOf(await ofSet(own.setId, { limit }))).toEqual(
        newestFirst(made.filter(({ backupSetId }) => backupSetId === own.setId)),
      );
    }
    for (const type of types) {
      const some = made.filter((one) => one.type === type);
      expect(some.length).toBeGreaterThan(1);
      expect(idsOf(await ofDevice(own.device.id, { type, limit: "2" }))).toEqual(newestFirst(some));
      expect(idsOf(await ofSet(other.id, { type }))).toEqual(
        newestFirst(some.filter(({ backupSetId }) => backupSetId === other.id)),
      );
    }
  });

  test("knows the times of one second apart, however they are written", async () => {
    const own = await withSet();
    const second = fleet.at(-7_200_000).slice(0, 19);
    const times = [`${second}Z`, `${second}.250Z`, `${second}.5Z`];
    for (const startedAt of [times[1], times[0], times[2]])
      await reported(job({ backupSetId: own.setId, startedAt }), own.device);
    const { items } = await ofDevice(own.device.id);
    expect(items.map(({ startedAt }) => startedAt)).toEqual([`${second}.500Z`, `${second}.250Z`, `${second}.000Z`]);
  });

  test("does not take a cursor that it did not give", async () => {
    const reply = await fleet.call("listDeviceJobs", { params: { id: device.id }, query: { cursor: "made-up" } });
    expectRefusal(reply, 400, "invalid_cursor");
    const params = { id: device.id };
    expectRefusal(
      await fleet.call("listDeviceJobs", { params, query: { type: "seed" } }),
      400,
      "invalid_request",
      "type",
    );
  });
});

describe("what a result says of its device", () => {
  const codes = async (id: string) => (await fleet.getDevice(id)).attention.map(({ code }: Body) => code);

  test("it needs attention after a failure or a warning, until a backup succeeds, and is listed so", async () => {
    const own = await withSet();
    const { id, customerId } = own.device;
    const tell = (status: string, more: object = {}) =>
      reported(job({ backupSetId: own.setId, status, ...more }), own.device);
    const attention = async () =>
      (await fleet.ok("listDevices", { query: { customerId, attention: "true" } })).items.map((one: Body) => one.id);
    expect([await codes(id), await attention()]).toEqual([[], []]);
    await tell("failed");
    const [{ code, since }] = (await fleet.getDevice(id)).attention;
    expect([code, await attention()]).toEqual(["backup_failed", [id]]);
    fleet.advance(60_000);
    await tell("failed");
    // It is known since when.
    expect((await fleet.getDevice(id)).attention).toEqual([{ code, since }]);
    for (const type of ["restore", "delete", "replication"]) await tell("succeeded", { type });
    expect(await codes(id)).toEqual(["backup_failed"]);
    await tell("warning");
    expect([await codes(id), await attention()]).toEqual([["backup_warning"], [id]]);
    await tell("succeeded");
    expect([await codes(id), await attention()]).toEqual([[], []]);
    await tell("failed", { type: "restore" });
    expect([await codes(id), await attention()]).toEqual([[], []]);
  });

  test("it was last backed up when the newest backup ended that did not fail, and seen when it told", async () => {
    const own = await withSet();
    const { id } = own.device;
    const tell = (more: object) => reported(job({ backupSetId: own.setId, ...more }), own.device);
    const last = async () => (await fleet.getDevice(id)).lastSuccessAt;
    expect(await last()).toBeNull();
    const [old, older, recent] = [fleet.at(-60_000), fleet.at(-120_000), fleet.at(-30_000)];
    const startedAt = fleet.at(-300_000);
    await tell({ startedAt, endedAt: old });
    expect(await last()).toBe(old);
    await tell({ startedAt, endedAt: older });
    await tell({ startedAt, endedAt: recent, status: "failed" });
    await tell({ startedAt, endedAt: recent, type: "restore" });
    expect(await last()).toBe(old);
    await tell({ startedAt, endedAt: recent, status: "warning" });
    expect(await last()).toBe(recent);
    const { lastSeenAt, version } = await fleet.getDevice(id);
    expect(Math.abs(Date.parse(lastSeenAt) - fleet.now())).toBeLessThan(60_000);
    // What agents report is no change that somebody's If-Match would miss.
    expect(version).toBe(1);
  });

  test("nothing where it is deleted or waits", async () => {
    const own = await withSet();
    const { id, name } = own.device;
    await fleet.ok("deleteDevice", { params: { id }, query: { confirm: name } });
    const calls = await fleet.callsDuring(async () => {
      expectRefusal(await report(job({ backupSetId: own.setId }), own.device), 409, "device_deleted");
    });
    expect(calls.filter((call) => /Transact|Put|Update|Delete/.test(call))).toEqual([]);
  });

  test("its results stay where a backup set is deleted, in the device's list", async () => {
    const own = await withSet();
    const set = await fleet.ownSet(own.device, { name: "short-lived" });
    const { jobId } = await reported(job({ backupSetId: set.id }), own.device);
    await fleet.ok("deleteBackupSet", { params: { id: set.id }, query: { confirm: "short-lived" } });
    expect(idsOf(await ofDevice(own.device.id))).toEqual([jobId]);
    expectRefusal(await fleet.call("listSetJobs", { params: { id: set.id } }), 404, "not_found");
    expectRefusal(await report(job({ backupSetId: set.id }), own.device), 404, "not_found");
  });
});
