import { beforeAll, describe, expect, test } from "vitest";
import { AttentionCode } from "../../../shared/domain/devices/attention.ts";
import { openDatabase } from "../../../shared/store/table/database.ts";
import { createMeter } from "../../../shared/store/table/units.ts";
import { checkCustomer } from "../../../shared/store/usage/recount.ts";
import { openTableStream } from "../../fleet/table-stream.ts";
import { deviceComplaints } from "../../model/device-invariants.ts";
import { dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";
import { settleStream } from "../stages/settle.ts";

type Body = Reply["body"];

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
  return () => stream.close();
});

const settle = (): Promise<void> => settleStream(fleet, stream);
const at = (id: string) => ({ params: { id } });
const watchlist = (id: string, query: Record<string, string> = {}): Promise<Body> =>
  fleet.ok("getWatchlist", { ...at(id), query });
/** What a watchlist shows, device by device. */
const shown = ({ items }: Body): string[] => items.map((item: Body) => `${item.code} ${item.device.name}`);
const countsOf = async (id: string): Promise<Record<string, number>> => {
  const { counts } = await watchlist(id);
  const some = Object.entries<number>(counts.byReason).filter(([, count]) => count > 0);
  return { devices: counts.devices, ...Object.fromEntries(some) };
};
let serial = 0;
const job = async (device: Enrolled & { setId: string }, status: string, more: object = {}): Promise<void> => {
  const [startedAt, endedAt] = [fleet.at(-60_000), fleet.at()];
  const body = { jobId: `job-${(serial += 1)}`, backupSetId: device.setId, type: "backup", status, startedAt, endedAt };
  await fleet.ok("reportJob", { body: { ...body, bytes: 1, files: 1, ...more } }, { token: device.token });
  fleet.advance(1_000);
};
const computer = async (customerId: string, more: object = {}): Promise<Enrolled & { setId: string }> => {
  const device = await fleet.device(customerId, more);
  const { id: setId } = await fleet.ownSet(device);
  return { ...device, setId };
};
const report = (device: { token: string }, usedBytes: number, more: object = {}): Promise<Body> =>
  fleet.ok("reportUsage", { body: { usedBytes, measuredAt: fleet.at(), ...more } }, { token: device.token });
const sweep = (): Promise<Body> => fleet.invoke("functions/schedule/sweep-attention.ts", {}) as Promise<Body>;
/** The counters of every customer agree with its devices, and with what its parent knows of it. */
async function expectCountedRight(): Promise<void> {
  const open = () => openDatabase(fleet.runtime.client, fleet.table.tableName, createMeter());
  const items = await dump(fleet.table);
  expect(deviceComplaints(items)).toEqual([]);
  for (const { id } of items.filter(({ kind }) => kind === "customer"))
    expect(await checkCustomer(open(), String(id))).toEqual([]);
}

describe("a device", () => {
  test("whose backups fail is on the list of every level, says since when, and leaves with the next good one", async () => {
    const { id } = await fleet.customer();
    const device = await computer(id, { name: "Accounts" });
    expect(await watchlist(id)).toEqual({
      counts: { devices: 0, byReason: expect.any(Object) },
      items: [],
      nextCursor: null,
    });
    await job(device, "failed", { errors: ["disk full"] });
    await settle();
    const { items } = await watchlist(fleet.resellerId);
    expect(items).toMatchObject([
      {
        code: "backup_failed",
        since: expect.any(String),
        device: { id: device.id, failuresSinceSuccess: 1 },
        customer: { id, level: "end-customer" },
        path: [{ id: fleet.resellerId }, { id }],
      },
    ]);
    for (const above of [id, fleet.resellerId, fleet.provider.id])
      expect(await countsOf(above)).toEqual({ devices: 1, backup_failed: 1 });
    await job(device, "failed");
    await job(device, "failed");
    await settle();
    expect(shown(await watchlist(fleet.provider.id))).toEqual(["repeated_failures Accounts"]);
    expect(await countsOf(id)).toEqual({ devices: 1, backup_failed: 1, repeated_failures: 1 });
    // A restore that goes well says nothing of backups, and neither does a report that comes late.
    await job(device, "succeeded", { type: "restore" });
    await job(device, "succeeded", { startedAt: fleet.at(-dayMs), endedAt: fleet.at(-dayMs) });
    expect((await fleet.getDevice(device.id)).failuresSinceSuccess).toBe(3);
    await job(device, "succeeded");
    await settle();
    expect(await countsOf(fleet.provider.id)).toEqual({ devices: 0 });
    expect(shown(await watchlist(id))).toEqual([]);
    await expectCountedRight();
  });

  test("that waits for approval is on the list until it is approved, and keeps what else it needs", async () => {
    const { id } = await fleet.customer({ autoAuthorize: false });
    const { token: enrolmentKey } = await fleet.enrolmentKey(id);
    const machine = { name: "Newcomer", machineId: "newcomer" };
    const { body } = await fleet.enrol({ enrolmentKey }, machine);
    await settle();
    expect(shown(await watchlist(id))).toEqual(["pending Newcomer"]);
    // A copy of the computer enrols as the same device, and the first one calls again.
    await fleet.enrol({ enrolmentKey }, machine);
    expect((await fleet.backup(body)).status).toBe(401);
    await settle();
    expect(await countsOf(id)).toEqual({ devices: 1, pending: 1, identity_conflict: 1 });
    await fleet.ok("approveDevice", { ...at(body.device.id), body: {} });
    await settle();
    expect(await countsOf(id)).toEqual({ devices: 1, identity_conflict: 1 });
    await expectCountedRight();
  });

  test("whose account has used 90 % of its quota, or whose software is old, says so with its next report", async () => {
    const account = await fleet.login({ hardQuotaBytes: 1_000 });
    const { username, password } = account;
    const { body } = await fleet.enrol({ username, password }, { name: "Full", agentVersion: "6.1" });
    const device = { token: body.token };
    await fleet.ok("updateSettings", { ...at(fleet.resellerId), body: { watchlist: { minimumAgentVersion: "7" } } });
    await report(device, 899);
    await settle();
    expect(shown(await watchlist(account.customerId))).toEqual(["agent_outdated Full"]);
    fleet.advance(1_000);
    await report(device, 900, { agentVersion: "7.0.2" });
    await settle();
    expect(shown(await watchlist(account.customerId))).toEqual(["quota_high Full"]);
    fleet.advance(1_000);
    await report(device, 10);
    await settle();
    expect(await countsOf(account.customerId)).toEqual({ devices: 0 });
    expect((await fleet.getDevice(body.device.id)).agentVersion).toBe("7.0.2");
    await fleet.ok("updateSettings", { ...at(fleet.resellerId), body: { watchlist: null } });
  });

  test("that reports nothing is found by time alone, by the rules of its reseller, and costs nothing while it is well", async () => {
    const { id: sellerId } = await fleet.create(fleet.provider.id, { level: "reseller" });
    await fleet.ok("updateSettings", { ...at(sellerId), body: { watchlist: { noBackupDays: 3 } } });
    const { id } = await fleet.customer({ parentId: sellerId });
    const [silent, well] = [
      await computer(id, { name: "Silent", kind: "server" }),
      await computer(id, { name: "Well", kind: "server" }),
    ];
    for (const device of [silent, well]) {
      await fleet.backup(device);
      await job(device, "succeeded");
    }
    const timerOf = async (device: Enrolled): Promise<string> =>
      (await fleet.item(`ID#${device.id}`, "timer#attention"))["at"];
    await sweep();
    for (const days of [1, 1, 0.9]) {
      fleet.advance(days * dayMs);
      await job(well, "succeeded");
      await sweep();
    }
    await settle();
    expect(await countsOf(id)).toEqual({ devices: 1, not_seen: 1 });
    fleet.advance(0.2 * dayMs);
    const before = await timerOf(well);
    await job(well, "succeeded");
    expect(await timerOf(well)).toBe(before);
    await sweep();
    await settle();
    expect(shown(await watchlist(sellerId))).toEqual(["overdue Silent"]);
    expect(await countsOf(sellerId)).toEqual({ devices: 1, not_seen: 1, overdue: 1 });
    // It comes back, and is still overdue until it has backed up.
    await report(silent, 5);
    await settle();
    expect(await countsOf(sellerId)).toEqual({ devices: 1, overdue: 1 });
    await job(silent, "succeeded");
    await settle();
    expect(await countsOf(sellerId)).toEqual({ devices: 0 });
    await expectCountedRight();
  });

  test("that was off when its backup was due is on the list with the next sweep after its report", async () => {
    const { id: sellerId } = await fleet.create(fleet.provider.id, { level: "reseller" });
    await fleet.ok("updateSettings", { ...at(sellerId), body: { watchlist: { noBackupDays: 3 } } });
    const { id } = await fleet.customer({ parentId: sellerId });
    const device = await computer(id, { name: "Home", kind: "workstation" });
    await job(device, "succeeded");
    for (const days of [1, 0.8]) {
      fleet.advance(days * dayMs);
      await report(device, 5);
    }
    fleet.advance(1.3 * dayMs);
    await sweep();
    await settle();
    expect(await countsOf(id)).toEqual({ devices: 0 });
    fleet.advance(0.1 * dayMs);
    await report(device, 6);
    await sweep();
    await settle();
    expect(shown(await watchlist(id))).toEqual(["overdue Home"]);
    await expectCountedRight();
  });

  test("without a licence is on the list while none is free, and not when it has drawn one", async () => {
    const { id: sellerId } = await fleet.create(fleet.provider.id, { level: "reseller", licences: { limit: 0 } });
    const { id } = await fleet.customer({ parentId: sellerId });
    const device = await computer(id, { name: "Bare" });
    expect((await fleet.backup(device)).body.allowed).toBe(false);
    fleet.advance(1.1 * dayMs);
    await sweep();
    await settle();
    expect(shown(await watchlist(id))).toEqual(["licence_missing Bare"]);
    await fleet.ok("updateCustomer", { ...at(sellerId), body: { licences: { limit: 1 } } });
    expect((await fleet.backup(device)).body.allowed).toBe(true);
    await settle();
    expect(await countsOf(id)).toEqual({ devices: 0 });
    await expectCountedRight();
  });

  test("that is suspended is not overdue, and one that is deleted is on no list; restored it is looked at again", async () => {
    const { id } = await fleet.customer();
    const [one, other] = [await computer(id, { name: "Off" }), await computer(id, { name: "Gone", kind: "server" })];
    await fleet.ok("deactivateDevice", at(one.id));
    await job(other, "failed");
    await fleet.ok("deleteDevice", { ...at(other.id), query: { confirm: "Gone" } });
    fleet.advance(5 * dayMs);
    await sweep();
    await settle();
    expect(await countsOf(id)).toEqual({ devices: 0 });
    expect(await fleet.item(`ID#${other.id}`, "timer#attention")).toBeUndefined();
    await fleet.ok("restoreDevice", at(other.id));
    await settle();
    expect(shown(await watchlist(id))).toEqual(["backup_failed Gone"]);
    fleet.advance(2 * dayMs);
    await sweep();
    await settle();
    expect(shown(await watchlist(id))).toEqual(["never_backed_up Gone"]);
    await expectCountedRight();
  });
});

describe("the list of a branch", () => {
  let distributor: string;
  let names: string[];
  beforeAll(async () => {
    ({ id: distributor } = await fleet.create(fleet.provider.id, { level: "distributor" }));
    names = [];
    for (const seller of [1, 2, 3]) {
      const { id: sellerId } = await fleet.create(distributor, { level: "reseller" });
      for (const customer of [1, 2]) {
        const { id } = await fleet.customer({ parentId: sellerId });
        const site = await fleet.create(id, { autoAuthorize: true });
        for (const [of, count] of [
          [id, 2],
          [site.id, 1],
        ] as const)
          for (let nth = 1; nth <= count; nth += 1) {
            const device = await computer(of, { name: `D${seller}${customer}${of === id ? "" : "s"}${nth}` });
            names.push(device.name);
            await job(device, nth === 2 ? "warning" : "failed");
            if (seller === 2) for (const _ of [1, 2]) await job(device, "failed");
          }
      }
    }
    await settle();
  }, 60_000);

  test("is the worst first, each device once, in every size of page", async () => {
    const whole = await watchlist(distributor);
    expect(whole.counts.devices).toBe(18);
    expect(
      shown(whole)
        .map((line) => line.split(" ")[1])
        .toSorted(),
    ).toEqual(names.toSorted());
    const ranks = whole.items.map(({ code }: Body) => AttentionCode.options.indexOf(code));
    expect(ranks).toEqual(ranks.toSorted((a: number, b: number) => a - b));
    expect(new Set(whole.items.map(({ code }: Body) => code))).toEqual(
      new Set(["repeated_failures", "backup_failed", "backup_warning"]),
    );
    for (const limit of [1, 2, 5, 7, 17, 18]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await watchlist(distributor, { limit: String(limit), ...(cursor && { cursor }) });
        seen.push(...shown(page));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect([limit, seen]).toEqual([limit, shown(whole)]);
    }
  });

  test("by reason has every device with that reason, also those that stand under a worse one", async () => {
    const failed = await watchlist(distributor, { reason: "backup_failed" });
    expect(failed.items.length).toBe(failed.counts.byReason.backup_failed);
    expect(
      failed.items.some(({ device }: Body) => device.attention.some(({ code }: Body) => code === "repeated_failures")),
    ).toBe(true);
    expect((await watchlist(distributor, { reason: "overdue" })).items).toEqual([]);
    const { nextCursor: cursor } = await watchlist(distributor, { reason: "backup_failed", limit: "1" });
    expectRefusal(await fleet.call("getWatchlist", { ...at(distributor), query: { cursor } }), 400, "invalid_cursor");
  });

  test("leaves out what is deleted or switched off, and what belongs to a deleted account", async () => {
    const { id: sellerId } = await fleet.create(distributor, { level: "reseller" });
    const [deleted, off, kept] = [
      await fleet.customer({ parentId: sellerId }),
      await fleet.customer({ parentId: sellerId }),
      await fleet.customer({ parentId: sellerId }),
    ];
    for (const { id } of [deleted, off, kept]) await job(await computer(id, { name: "X" }), "failed");
    const doomed = await computer(kept.id, { name: "Y" });
    await job(doomed, "failed");
    await settle();
    expect(await countsOf(sellerId)).toEqual({ devices: 4, backup_failed: 4 });
    const { username } = await fleet.ok("getAccount", at(doomed.accountId));
    await fleet.ok("deleteAccount", { ...at(doomed.accountId), query: { confirm: username } });
    await fleet.ok("deactivateCustomer", at(off.id));
    await fleet.ok("deleteCustomer", { ...at(deleted.id), query: { confirm: deleted.name } });
    // At once, before anything has been added up.
    expect(shown(await watchlist(sellerId))).toEqual(["backup_failed X"]);
    await settle();
    expect(shown(await watchlist(sellerId))).toEqual(["backup_failed X"]);
    // Its own list shows what must not back up: whoever opens it asks about just that.
    expect(shown(await watchlist(off.id))).toEqual(["backup_failed X"]);
    await fleet.ok("activateCustomer", at(off.id));
    await fleet.ok("restoreCustomer", at(deleted.id));
    await settle();
    expect(shown(await watchlist(sellerId))).toEqual(["backup_failed X", "backup_failed X", "backup_failed X"]);
  });

  test("reads nothing of what is well", async () => {
    const { id: sellerId } = await fleet.create(fleet.provider.id, { level: "reseller" });
    for (let nth = 0; nth < 40; nth += 1) await fleet.customer({ parentId: sellerId });
    const calm = await fleet.callsDuring(() => watchlist(sellerId));
    expect(calm.filter((name) => name === "QueryCommand")).toEqual([]);
    const { id } = await fleet.customer({ parentId: sellerId });
    await job(await computer(id), "failed");
    await settle();
    const calls = await fleet.callsDuring(() => watchlist(sellerId));
    // The seller's own devices, its children with trouble, and that one's devices.
    expect(calls.filter((name) => name === "QueryCommand").length).toBeLessThanOrEqual(4);
  });
});
