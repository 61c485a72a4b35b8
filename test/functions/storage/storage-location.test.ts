import { beforeAll, describe, expect, test } from "vitest";
import type { CallOptions, Reply } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

let fleet: Fleet;
let support: string;
beforeAll(async () => {
  fleet = await openFleet();
  support = (await fleet.key(fleet.provider.id, "support")).token;
});

const reason = "Ticket 4711: the customer has moved.";
const change = (id: string, more: object = {}, options: CallOptions & { query?: Record<string, string> } = {}) => {
  const { query = {}, ...rest } = options;
  const body = { storageLocation: "CH", reason, ...more };
  return fleet.call("changeStorageLocation", { params: { id }, body, query }, { token: support, ...rest });
};
const locationOf = async (id: string): Promise<string> => (await fleet.get(id)).storageLocation;
/** What the log of the reseller tells of changed locations of a customer, newest first. */
const changesOf = async (id: string): Promise<Reply["body"][]> =>
  (await fleet.logged(id)).filter(({ type }: { type: string }) => type === "StorageLocationChanged");
/** Does something once, before the next transaction is sent. */
function beforeNextCommit(work: () => Promise<unknown>): void {
  const stack = fleet.runtime.client.middlewareStack;
  stack.add(
    (next, context) => async (args) => {
      if (context["commandName"] === "TransactWriteItemsCommand" && stack.remove("beforeNextCommit")) await work();
      return next(args);
    },
    { step: "initialize", name: "beforeNextCommit" },
  );
}

test("support changes where the data of a customer lie, and devices are told the new location from then on", async () => {
  const customer = await fleet.customer({ country: "DE" });
  const device = await fleet.device(customer.id);
  const { status, body } = await change(customer.id);
  const vault = {
    status: "provisioning",
    region: "eu-central-2",
    bucket: "tenantry-test-vault-ch-111122223333",
    prefix: `${customer.id}/`,
    readyAt: null,
    reason: null,
  };
  expect([status, body]).toEqual([
    200,
    { ...customer, storageLocation: "CH", vault, version: 2, deviceCount: 1, updatedAt: body.updatedAt },
  ]);
  expect(body.updatedAt > customer.updatedAt).toBe(true);
  expect(await fleet.get(customer.id)).toEqual(body);
  expect((await fleet.getDevice(device.id)).storageLocation).toBe("CH");
  expect((await fleet.backup(device)).body.grant).toMatchObject({
    location: "CH",
    region: "eu-central-2",
    bucket: "tenantry-test-vault-ch-111122223333",
  });
});

test("the log holds the location before and after, the reason, and who did it", async () => {
  const { id, name } = await fleet.customer();
  await change(id, { reason: `  ${reason} ` });
  const key = await fleet.ok("me", {}, { token: support });
  expect(await changesOf(id)).toMatchObject([
    {
      node: { id, level: "end-customer", name },
      actor: { kind: "apiKey", id: key.id },
      changes: [{ path: "storageLocation", before: "DE", after: "CH" }],
      reason,
    },
  ]);
  const others = (await fleet.logged(id)).filter(({ type }: { type: string }) => type !== "StorageLocationChanged");
  expect(others.map((entry: Reply["body"]) => entry.reason)).toEqual([null]);
  const { token } = await fleet.key(id, "viewer");
  const own = await fleet.ok("listLog", { params: { id }, query: { only: "node" } }, { token });
  expect(own.items[0]).toMatchObject({ reason, actor: { id: null } });
});

test("the location that it has already is no change: nothing is written, whatever is stored", async () => {
  const device = await fleet.device();
  await fleet.backup(device);
  const before = await fleet.item(device.customerId);
  expect(await change(device.customerId, { storageLocation: "DE" })).toMatchObject({ status: 200 });
  expect(await fleet.item(device.customerId)).toEqual(before);
  expect(await changesOf(device.customerId)).toEqual([]);
});

test("a dry run tells what would be, and writes nothing", async () => {
  const { id } = await fleet.customer();
  const dry = await change(id, {}, { query: { dryRun: "true" } });
  expect([dry.status, dry.body.storageLocation]).toEqual([200, "CH"]);
  expect([await locationOf(id), await changesOf(id)]).toEqual(["DE", []]);
  const device = await fleet.device(id);
  await fleet.backup(device);
  expectRefusal(await change(id, {}, { query: { dryRun: "true" } }), 409, "data_stored");
});

test("nobody else may, not even an admin of the provider", async () => {
  const { id } = await fleet.customer();
  const keys = [[fleet.provider.id, "operator"] as const, [fleet.resellerId, "admin"] as const, [id, "admin"] as const];
  const tokens = await Promise.all(keys.map(async ([owner, role]) => (await fleet.key(owner, role)).token as string));
  for (const token of [fleet.token, ...tokens]) expectRefusal(await change(id, {}, { token }), 403, "forbidden");
  expectRefusal(await fleet.patch(id, { storageLocation: "CH" }), 422, "immutable", "storageLocation");
  expect(await locationOf(id)).toBe("DE");
});

test("what is no location, no reason or no acknowledgement is refused, and changes nothing", async () => {
  const { id } = await fleet.customer();
  for (const [path, value] of [
    ["storageLocation", "AT"],
    ["storageLocation", "ch"],
    ["storageLocation", null],
    ["storageLocation", undefined],
    ["reason", undefined],
    ["reason", null],
    ["reason", ""],
    ["reason", "   "],
    ["reason", "two\nlines"],
    ["reason", "x".repeat(501)],
    ["acknowledgeStoredData", "true"],
    ["acknowledgeStoredData", null],
  ] as const)
    expectRefusal(await change(id, { [path]: value }), 400, "invalid_request", path);
  expect([await locationOf(id), await changesOf(id)]).toEqual(["DE", []]);
  expect((await change(id, { reason: "x".repeat(500) })).status).toBe(200);
});

test("another country does not move it back, nor does a change by reference (S4)", async () => {
  const { id } = await fleet.customer({ externalRef: "moved" });
  await change(id);
  expect((await fleet.patch(id, { country: "FR" })).body).toMatchObject({ country: "FR", storageLocation: "CH" });
  const body = { ...fleet.input({ parentId: fleet.resellerId, externalRef: "moved" }), country: "US" };
  expect(await fleet.call("upsertCustomer", { body })).toMatchObject({
    status: 200,
    body: { id, country: "US", storageLocation: "CH" },
  });
});

test("each customer has a location of its own: sites, and a reseller's customers, stay where they are", async () => {
  const { reseller, "end-customer": customer, site } = await fleet.line();
  const all = [fleet.provider, reseller, customer, site];
  for (const [index, { id }] of all.entries()) {
    expect((await change(id)).status).toBe(200);
    expect(await Promise.all(all.map((one) => locationOf(one.id)))).toEqual(
      all.map((_, at) => (at <= index ? "CH" : "DE")),
    );
  }
  const { items } = await fleet.ok("listCustomers", { query: { parentId: reseller.id } });
  expect(items.map((one: Reply["body"]) => [one.isDefault, one.storageLocation]).sort()).toEqual([
    [false, "CH"],
    [true, "DE"],
  ]);
  await change(fleet.provider.id, { storageLocation: "DE" });
});

test("a software-only customer's storage is its own, and so is its sites'", async () => {
  const { id } = await fleet.customer({ serviceType: "software-only" });
  const site = await fleet.create(id);
  for (const one of [id, site.id])
    for (const more of [{}, { acknowledgeStoredData: true }, { storageLocation: "DE" }])
      expectRefusal(await change(one, more), 422, "not_applicable", "storageLocation");
  expect([await locationOf(id), await locationOf(site.id)]).toEqual(["DE", "DE"]);
});

test("of a deleted customer nothing is changed", async () => {
  const customer = await fleet.customer();
  await fleet.remove(customer);
  expectRefusal(await change(customer.id, { acknowledgeStoredData: true }), 409, "customer_deleted");
  expect(await locationOf(customer.id)).toBe("DE");
});

describe("while data may be stored", () => {
  const reportUsage = (device: Enrolled, usedBytes: number) =>
    fleet.ok("reportUsage", { body: { usedBytes, measuredAt: fleet.at(-1) } }, { token: device.token });
  const reportJob = async (device: Enrolled, status: string) => {
    const { id: backupSetId } = await fleet.ownSet(device);
    const times = { startedAt: fleet.at(-2), endedAt: fleet.at(-1) };
    const job = { jobId: "1", backupSetId, type: "backup", status, ...times, bytes: 1, files: 1, errors: [] };
    return fleet.ok("reportJob", { body: job }, { token: device.token });
  };
  const remove = ({ id, name }: Enrolled) => fleet.ok("deleteDevice", { params: { id }, query: { confirm: name } });

  test.each<[why: string, make: (device: Enrolled) => Promise<unknown>]>([
    ["a device has been allowed to back up", (device) => fleet.backup(device)],
    ["a device has reported bytes", (device) => reportUsage(device, 1)],
    ["a device has backed up", (device) => reportJob(device, "succeeded")],
    ["a backup of a device has failed half-way", (device) => reportJob(device, "failed")],
    [
      "a device that is deleted has reported bytes",
      async (device) => {
        await reportUsage(device, 7);
        await remove(device);
      },
    ],
  ])("it is refused without acknowledgement where %s, and changed with it", async (_, make) => {
    const device = await fleet.device();
    const id = device.customerId;
    await make(device);
    for (const more of [{}, { acknowledgeStoredData: false }])
      expectRefusal(await change(id, more), 409, "data_stored", "acknowledgeStoredData");
    expect([await locationOf(id), await changesOf(id)]).toEqual(["DE", []]);
    expect((await change(id, { acknowledgeStoredData: true })).body.storageLocation).toBe("CH");
    expect(await changesOf(id)).toHaveLength(1);
  });

  test("the refusal tells how many bytes the customer's record shows", async () => {
    const device = await fleet.device();
    await fleet.backup(device);
    await fleet.setItem(device.customerId, { usedBytes: 12_345 });
    const { body } = await change(device.customerId);
    expect(body.detail).toContain("stored in DE; its record shows 12345 bytes in use");
  });

  test("devices that have never stored anything are in nobody's way, nor are those of a site", async () => {
    const device = await fleet.device();
    const id = device.customerId;
    await reportUsage(device, 0);
    const [site, gone] = [await fleet.create(id, { autoAuthorize: true }), await fleet.device(id)];
    await remove(gone);
    await fleet.backup(await fleet.device(site.id));
    expect((await change(id)).status).toBe(200);
    expectRefusal(await change(site.id), 409, "data_stored");
  });

  test("a device that stands behind many others is found", async () => {
    const device = await fleet.device();
    await reportUsage(device, 1);
    const { customerId, accountId } = device;
    const record = await fleet.deviceItem(device);
    const idle = Array.from({ length: 200 }, (_, nth) => {
      const id = `dev_${String(nth).padStart(26, "0")}`;
      const key = { pk: customerId, sk: `device#/${accountId}/${id}` };
      return { key, item: { ...record, ...key, id, usedBytes: 0 } };
    });
    const { openDatabase } = await import("../../../shared/store/table/database.ts");
    const { createMeter } = await import("../../../shared/store/table/units.ts");
    await openDatabase(fleet.runtime.client, fleet.table.tableName, createMeter()).putAll(idle);
    expectRefusal(await change(customerId), 409, "data_stored");
  });
});

describe("a device that begins at the same time", () => {
  test("between the look and the change is seen, and the change refused", async () => {
    const device = await fleet.device();
    let began: Reply | undefined;
    beforeNextCommit(async () => {
      began = await fleet.backup(device);
    });
    expectRefusal(await change(device.customerId), 409, "data_stored");
    expect(began?.body.grant).toMatchObject({ location: "DE" });
    expect(await locationOf(device.customerId)).toBe("DE");
  });

  test("and has been deleted again is seen too", async () => {
    const device = await fleet.device();
    let grant: { location: string } | undefined;
    beforeNextCommit(async () => {
      grant = (await fleet.backup(device)).body.grant;
      const measured = { usedBytes: 5, measuredAt: fleet.at(-1) };
      await fleet.ok("reportUsage", { body: measured }, { token: device.token });
      await fleet.ok("deleteDevice", { params: { id: device.id }, query: { confirm: device.name } });
    });
    expectRefusal(await change(device.customerId), 409, "data_stored");
    expect(grant?.location).toBe("DE");
  });

  test("and is decided first but begins after the change waits for the new vault", async () => {
    const device = await fleet.device();
    let changed: Reply | undefined;
    beforeNextCommit(async () => {
      changed = await change(device.customerId);
    });
    const { body } = await fleet.backup(device);
    expect([body.allowed, body.reasons]).toMatchObject([false, [{ code: "vault_not_ready" }]]);
    expect((await fleet.backup(device)).body.grant).toMatchObject({ location: "CH" });
    expect(changed?.status).toBe(200);
    expect((await fleet.item(device.customerId)).licencesUsed).toBe(1);
  });
});
