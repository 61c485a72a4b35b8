import { beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});

const register = async (customerId = fleet.resellerId): Promise<{ id: string; name: string; url: string }> => {
  const body = { customerId, name: fleet.freshName("Server"), url: "https://198.51.101.7/" };
  return (await fleet.ok("createStorageServer", { body })).server;
};
const softwareOnly = (more: object = {}) => fleet.customer({ serviceType: "software-only", ...more });
const choose = (id: string, storageServerId: string | null) =>
  fleet.ok("chooseStorageServer", { params: { id }, body: { storageServerId } });
type Options = Parameters<Fleet["call"]>[2];
const put = (id: string, body: object, options?: Options) =>
  fleet.call("putReplication", { params: { id }, body }, options);
const replicationOf = (id: string, options?: Options) => fleet.ok("getReplication", { params: { id } }, options);
const serverOf = (id: string) => fleet.ok("getStorageServer", { params: { id } });
const told = async ({ token }: { token: string }) => (await fleet.ok("getOwnStorageServer", {}, { token })).replication;
const daily = { frequency: "daily", at: "03:00" } as const;

describe("replication", () => {
  test("has the provider's default; a reseller takes another server, a customer another time, and one is off", async () => {
    const [global, ofReseller] = [await register(fleet.provider.id), await register()];
    const [one, other] = [await softwareOnly({ timezone: "Europe/Berlin" }), await softwareOnly()];
    const site = await fleet.create(one.id, { autoAuthorize: true });
    const device = await fleet.device(site.id);
    expect(await replicationOf(one.id)).toMatchObject({
      own: { enabled: null, storageServerId: null, schedule: null },
      effective: {
        enabled: { value: false, level: "default" },
        storageServerId: { value: null, level: "default" },
        schedule: { value: { frequency: "daily", at: "01:00" }, level: "default" },
      },
      state: "off",
      nextAt: null,
    });
    expect(await told(device)).toBeNull();

    const everywhere = { enabled: true, storageServerId: global.id, schedule: daily };
    expect((await put(fleet.provider.id, everywhere)).body).toMatchObject({ own: everywhere, state: "on" });
    expect(await replicationOf(site.id)).toMatchObject({
      effective: { storageServerId: { value: global.id, level: "provider" } },
      state: "on",
      timezone: "Europe/Berlin",
    });
    const next = new Date((await told(device)).nextAt);
    expect(next.toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin" })).toBe("03:00:00");

    await put(fleet.resellerId, { storageServerId: ofReseller.id });
    await put(one.id, { schedule: { frequency: "hourly", everyHours: 6 } });
    await put(other.id, { enabled: false });
    expect((await replicationOf(site.id)).effective).toEqual({
      enabled: { value: true, level: "provider" },
      storageServerId: { value: ofReseller.id, level: "reseller" },
      schedule: { value: { frequency: "hourly", everyHours: 6 }, level: "end-customer" },
    });
    expect(await told(device)).toMatchObject({
      server: { id: ofReseller.id, name: ofReseller.name, url: ofReseller.url, state: "new" },
      schedule: { frequency: "hourly", everyHours: 6 },
      timezone: "Europe/Berlin",
    });
    expect(await replicationOf(other.id)).toMatchObject({ own: { enabled: false }, state: "off", nextAt: null });

    // A body that says nothing inherits all of it again.
    expect((await put(one.id, {})).body.own).toEqual({ enabled: null, storageServerId: null, schedule: null });
    expect((await replicationOf(one.id)).effective.schedule).toEqual({ value: daily, level: "provider" });
    const log = (await fleet.logged(one.id)).filter(({ type }) => type === "ReplicationChanged");
    expect(log.map(({ changes }) => changes)).toEqual([
      [{ path: "schedule", before: { frequency: "hourly", everyHours: 6 }, after: null }],
      [{ path: "schedule", before: null, after: { frequency: "hourly", everyHours: 6 } }],
    ]);
    for (const id of [fleet.provider.id, fleet.resellerId]) await put(id, {});
  });

  test("does not copy data to where they lie, nor without a server", async () => {
    const server = await register();
    const customer = await softwareOnly();
    const device = await fleet.device(customer.id);
    await put(customer.id, { enabled: true });
    expect(await replicationOf(customer.id)).toMatchObject({ state: "no-target", nextAt: null });
    await choose(customer.id, server.id);
    expectRefusal(await put(customer.id, { enabled: true, storageServerId: server.id }), 409, "replication_to_itself");
    // Where the levels above say so, nothing is copied.
    await put(fleet.resellerId, { enabled: true, storageServerId: server.id });
    expect(await replicationOf(customer.id)).toMatchObject({ state: "same-server", nextAt: null });
    expect(await told(device)).toBeNull();
    await put(fleet.resellerId, {});
  });

  test("is not for customers of the provider's storage, whatever those above say", async () => {
    const cloud = await fleet.customer();
    const device = await fleet.device(cloud.id);
    const server = await register();
    await put(fleet.resellerId, { enabled: true, storageServerId: server.id });
    for (const reply of [
      await put(cloud.id, { enabled: false }),
      await fleet.call("getReplication", { params: { id: cloud.id } }),
    ])
      expectRefusal(reply, 409, "not_available_for_cloud_storage");
    expect(await fleet.ok("getOwnStorageServer", {}, { token: device.token })).toEqual({
      server: null,
      replication: null,
    });
    await put(fleet.resellerId, {});
  });

  test("goes to a server of the customer or of a level above, which cannot be deleted meanwhile", async () => {
    const server = await register();
    const [one, other] = [await softwareOnly(), await softwareOnly()];
    const foreign = await register(other.id);
    for (const id of [foreign.id, "srv_00000000000000000000000000"])
      expectRefusal(await put(one.id, { storageServerId: id }), 404, "not_found");
    const { token } = await fleet.key(one.id);
    expect((await put(one.id, { enabled: true, storageServerId: server.id }, { token })).status).toBe(200);
    expect(await serverOf(server.id)).toMatchObject({ replicationTargetOf: 1, chosenBy: 0 });
    const remove = () =>
      fleet.call("deleteStorageServer", { params: { id: server.id }, query: { confirm: server.name } });
    expectRefusal(await remove(), 409, "server_in_use");
    // Twice the same is one, and another schedule keeps the server.
    await put(one.id, { enabled: true, storageServerId: server.id });
    await put(one.id, { enabled: true, storageServerId: server.id, schedule: daily });
    expect((await serverOf(server.id)).replicationTargetOf).toBe(1);
    expectRefusal(await put(other.id, {}, { token }), 404, "not_found");
    await put(one.id, {});
    expect((await serverOf(server.id)).replicationTargetOf).toBe(0);

    // A customer that is removed for good points to it no more, neither way.
    await choose(other.id, server.id);
    await put(other.id, { enabled: true, storageServerId: foreign.id });
    await put(one.id, { enabled: true, storageServerId: server.id });
    for (const customer of [one, other]) await fleet.remove(customer);
    fleet.advance(31 * 86_400_000);
    await fleet.invoke("functions/schedule/sweep-purges.ts", {});
    expect(await serverOf(server.id)).toMatchObject({ replicationTargetOf: 0, chosenBy: 0 });
    expect((await remove()).status).toBe(200);
  });

  test("refuses a schedule that is none, and an older version", async () => {
    const { id } = await softwareOnly();
    for (const schedule of [
      { frequency: "hourly", everyHours: 5 },
      { frequency: "daily", at: "24:00" },
      { frequency: "weekly", at: "01:00" },
      { frequency: "weekly", weekday: 8, at: "01:00" },
      { frequency: "monthly", at: "01:00" },
      { frequency: "daily", at: "01:00", weekday: 1 },
      {},
    ])
      expectRefusal(await put(id, { schedule }), 400, "invalid_request");
    const { version } = await fleet.get(id);
    await put(id, { enabled: true });
    expectRefusal(
      await put(id, { enabled: false }, { headers: { "if-match": `"${version}"` } }),
      412,
      "precondition_failed",
    );
  });

  test("is reported by a device as jobs of its own type", async () => {
    const device = await fleet.device((await softwareOnly()).id);
    const { id: backupSetId } = await fleet.ownSet(device);
    const job = {
      jobId: "copy-1",
      backupSetId,
      type: "replication",
      status: "succeeded",
      startedAt: fleet.at(-60_000),
      endedAt: fleet.at(-1_000),
      bytes: 5,
      files: 1,
      errors: [],
    };
    await fleet.ok("reportJob", { body: job }, { token: device.token });
    const { items } = await fleet.ok("listDeviceJobs", { params: { id: device.id }, query: { type: "replication" } });
    expect(items.map(({ jobId }: { jobId: string }) => jobId)).toEqual(["copy-1"]);
    // A copy is no backup.
    expect((await fleet.getDevice(device.id)).lastSuccessAt).toBeNull();
  });
});
