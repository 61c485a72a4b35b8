import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { vaultOrderPut } from "../../../shared/store/life/vault-orders.ts";
import type { LocationCode } from "../../../shared/domain/terms/locations.ts";
import { shortenWaits } from "../../support/short-waits.ts";
import { sized } from "../../support/size.ts";
import { dayMs } from "../stages/book.ts";
import { openVaultStage, type VaultStage } from "../stages/vaults.ts";
import { hourMs } from "./minutes.ts";

const lockedDays = 60;
let stage: VaultStage;
beforeAll(async () => {
  stage = await openVaultStage({ NL: { mode: "COMPLIANCE", days: lockedDays } });
  shortenWaits();
});
afterEach(() => stage.disturb(undefined));
afterAll(() => stage.close());

/** A customer with a vault and a device that may write there. */
async function stored(country: LocationCode) {
  const customer = await stage.customer({ country });
  await stage.consume(customer.id);
  const device = await stage.device(customer.id);
  return { customer, device, prefix: `${customer.id}/${device.id}/` };
}
const confirmed = (name: string) => ({ confirm: name });
const deletionOf = (id: string) => stage.ok("getDeletion", { params: { id } });
/** Lets the grace period and the day after it pass. */
async function purge(): Promise<void> {
  stage.advance(31 * dayMs);
  await stage.invoke("functions/schedule/sweep-purges.ts", {});
}
const untilCleared = () => stage.advance(26 * hourMs);

describe("a customer that is removed for good", () => {
  test("leaves nothing in the storage: no version, no marker, no upload that was never completed; its neighbour stays", async () => {
    const [one, next] = [await stored("DE"), await stored("DE")];
    const Bucket = stage.bucket("DE");
    for (const { prefix } of [one, next]) {
      for (const body of ["first", "second"]) await stage.put("DE", `${prefix}file`, body);
      await stage.s3("DE").send(new DeleteObjectCommand({ Bucket, Key: `${prefix}file` }));
      const upload = { Bucket, Key: `${prefix}half` };
      const { UploadId } = await stage.s3("DE").send(new CreateMultipartUploadCommand(upload));
      await stage.s3("DE").send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: "part" }));
    }
    const { body } = await stage.remove(one.customer);
    await purge();
    expect((await deletionOf(body.deletionId)).storage).toMatchObject({ state: "pending", removedObjects: 0 });
    // Whoever had leave to back up may still write.
    await stage.sweep();
    expect(await stage.versions("DE", `${one.customer.id}/`)).toHaveLength(4);
    untilCleared();
    expect((await stage.sweep()).removals).toMatchObject({ cleared: 1 });
    expect(await stage.versions("DE", `${one.customer.id}/`)).toEqual([]);
    expect(stage.storage.index.uploads(Bucket, one.customer.id, 10)).toEqual([]);
    expect((await deletionOf(body.deletionId)).storage).toEqual({
      state: "removed",
      removedObjects: 4,
      removedBytes: "firstsecond".length + JSON.stringify(JSON.parse(await manifestOf(next.customer.id))).length,
      retainedObjects: 0,
      retainedUntil: null,
    });
    expect(await stage.versions("DE", `${next.customer.id}/`)).toHaveLength(4);
    expect(stage.storage.index.uploads(Bucket, next.customer.id, 10)).toHaveLength(1);
    expect((await stage.sweep()).removals).toEqual({ cleared: 0, retained: 0, more: 0, failed: 0 });
  });
  const manifestOf = (id: string) => stage.read("DE", `${id}/.tenantry/vault.json`);

  test("is removed from every place that its data have been in", async () => {
    const { customer, prefix } = await stored("DE");
    await stage.put("DE", `${prefix}old`);
    const { token } = await stage.key(stage.provider.id, "support");
    const body = { storageLocation: "CH", reason: "moved", acknowledgeStoredData: true };
    await stage.ok("changeStorageLocation", { params: { id: customer.id }, body }, { token });
    await stage.consume(customer.id);
    await stage.put("CH", `${prefix}new`);
    const { body: deleted } = await stage.remove(customer);
    await purge();
    untilCleared();
    expect((await stage.sweep()).removals.cleared).toBe(2);
    for (const location of ["DE", "CH"] as const) expect(await stage.versions(location, `${customer.id}/`)).toEqual([]);
    expect((await deletionOf(deleted.deletionId)).storage).toMatchObject({ state: "removed", removedObjects: 4 });
  });
});

test("a device that is removed for good takes its own data along, and no others", async () => {
  const { customer, device, prefix } = await stored("DE");
  const other = await stage.device(customer.id);
  await stage.put("DE", `${prefix}file`);
  await stage.put("DE", `${customer.id}/${other.id}/file`);
  const { body } = await stage.call("deleteDevice", { params: { id: device.id }, query: confirmed(device.name) });
  await purge();
  untilCleared();
  await stage.sweep();
  expect(await stage.versions("DE", `${customer.id}/`)).toEqual(
    [`${customer.id}/.tenantry/vault.json`, `${customer.id}/${other.id}/file`].toSorted(),
  );
  expect((await deletionOf(body.deletionId)).storage).toMatchObject({ state: "removed", removedObjects: 1 });
});

describe("a device that has left the customer whose vault holds its data", () => {
  /** Moves an account, or devices, as the sweep does that works at tasks nobody has begun. */
  async function moved(operation: "moveAccounts" | "moveDevices", body: object): Promise<void> {
    const task = await stage.ok(operation, { body });
    stage.advance(3 * 60_000);
    await stage.invoke("functions/schedule/sweep-tasks.ts", {});
    expect((await stage.ok("getTask", { params: { id: task.id } })).status).toBe("succeeded");
  }
  /** A customer with two devices and their data, of which the first has an account of its own. */
  async function shared() {
    const customer = await stage.customer({ country: "DE" });
    await stage.consume(customer.id);
    const { token: enrolmentKey } = await stage.enrolmentKey(customer.id);
    const { token: basic } = await stage.enrolmentKey(customer.id, { plan: "basic" });
    const devices = [];
    for (const key of [enrolmentKey, basic]) {
      const { body } = await stage.enrol({ enrolmentKey: key });
      devices.push({ ...body.device, token: body.token });
    }
    for (const { id, token } of devices) {
      expect((await stage.backup({ token })).body.allowed).toBe(true);
      for (const name of ["a", "b"]) await stage.put("DE", `${customer.id}/${id}/${name}`);
    }
    return { customer, leaves: devices[0], stays: devices[1] };
  }
  const half = async (Key: string): Promise<void> => {
    await stage.s3("DE").send(new CreateMultipartUploadCommand({ Bucket: stage.bucket("DE"), Key }));
  };

  test("keeps them when that customer is removed for good, and they go with the device", async () => {
    const { customer, leaves, stays } = await shared();
    const [to, key] = [await stage.customer({ country: "CH" }), `${customer.id}/${leaves.id}/`];
    await stage.consume(to.id);
    for (const { id } of [leaves, stays]) await half(`${customer.id}/${id}/half`);
    await moved("moveAccounts", { ids: [leaves.accountId], customerId: to.id });
    await stage.remove(customer);
    await purge();
    untilCleared();
    expect((await stage.sweep()).removals).toMatchObject({ cleared: 1, failed: 0 });
    expect(await stage.versions("DE", `${customer.id}/`)).toEqual([`${key}a`, `${key}b`]);
    const uploads = () => stage.storage.index.uploads(stage.bucket("DE"), customer.id, 10).map((upload) => upload.key);
    expect(uploads()).toEqual([`${key}half`]);
    const { grant } = (await stage.backup(leaves)).body;
    expect(grant).toMatchObject({ location: "DE", prefix: key, bucket: stage.bucket("DE") });
    // Its credentials open its own part of that vault.
    const renewed = await stage.ok("renewCredentials", { params: { id: grant.id }, body: {} }, { token: leaves.token });
    expect(renewed.credentials.prefixes).toEqual([key]);
    const { body } = await stage.call("deleteDevice", { params: { id: leaves.id }, query: confirmed(leaves.name) });
    await purge();
    untilCleared();
    expect((await stage.sweep()).removals).toMatchObject({ cleared: 1, failed: 0 });
    expect(await stage.versions("DE", `${customer.id}/`)).toEqual([]);
    expect(uploads()).toEqual([]);
    expect((await deletionOf(body.deletionId)).storage).toMatchObject({ state: "removed", removedObjects: 2 });
    expect(await stage.item(`KEPT#${customer.id}`, leaves.id)).toBeUndefined();
  });

  test("takes them along where its new customer is removed for good, and nothing of the old one's", async () => {
    const { customer, leaves, stays } = await shared();
    const to = await stage.customer({ country: "DE" });
    await stage.consume(to.id);
    await moved("moveAccounts", { ids: [leaves.accountId], customerId: to.id });
    await stage.remove(to);
    await purge();
    untilCleared();
    await stage.sweep();
    expect(await stage.versions("DE", `${customer.id}/${leaves.id}/`)).toEqual([]);
    expect(await stage.versions("DE", `${customer.id}/${stays.id}/`)).toHaveLength(2);
    expect(await stage.versions("DE", `${to.id}/`)).toEqual([]);
  });

  test("is the customer's again once it is back: they go with the vault", async () => {
    const { customer, leaves } = await shared();
    const to = await stage.customer({ country: "DE" });
    await stage.consume(to.id);
    await moved("moveAccounts", { ids: [leaves.accountId], customerId: to.id });
    await moved("moveAccounts", { ids: [leaves.accountId], customerId: customer.id });
    expect(await stage.item(`KEPT#${customer.id}`, leaves.id)).toBeUndefined();
    await stage.remove(customer);
    await purge();
    untilCleared();
    await stage.sweep();
    expect(await stage.versions("DE", `${customer.id}/`)).toEqual([]);
  });

  test("is passed over at once, however much it holds", async () => {
    const { customer, leaves, stays } = await shared();
    const [to, many] = [await stage.customer({ country: "DE" }), sized(1_050, 3_000)];
    await stage.consume(to.id);
    for (let nth = 0; nth < many; nth += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, more) => stage.put("DE", `${customer.id}/${leaves.id}/${nth + more}`)),
      );
    await moved("moveAccounts", { ids: [leaves.accountId], customerId: to.id });
    await stage.remove(customer);
    await purge();
    untilCleared();
    const calls: string[] = [];
    stage.disturb((operation, when) => {
      if (when === "before") calls.push(operation);
      return "pass";
    });
    await stage.sweep();
    stage.disturb(undefined);
    expect(calls.filter((call) => call === "ListObjectVersions")).toHaveLength(2);
    expect(await stage.versions("DE", `${customer.id}/${stays.id}/`)).toEqual([]);
    const prefix = `${customer.id}/${leaves.id}/`;
    expect(stage.storage.index.versions(stage.bucket("DE"), prefix, null, many + 10)).toHaveLength(many + 2);
  });
});

test("data that another device uses since a backup set was moved to it stay until both are gone", async () => {
  for (const lenderFirst of [true, false]) {
    const { customer, device, prefix } = await stored("DE");
    const other = await stage.device(customer.id);
    const set = await stage.ownSet(device);
    await stage.put("DE", `${prefix}file`);
    await stage.put("DE", `${customer.id}/${other.id}/file`);
    await stage.ok("moveBackupSet", { params: { id: set.id }, body: { deviceId: other.id } });
    const gone = async ({ id, name }: { id: string; name: string }): Promise<void> => {
      await stage.ok("deleteDevice", { params: { id }, query: confirmed(name) });
      await purge();
      untilCleared();
      await stage.sweep();
    };
    const [first, last] = lenderFirst ? [device, other] : [other, device];
    await gone(first);
    expect(await stage.versions("DE", prefix)).toEqual([`${prefix}file`]);
    await gone(last);
    expect(await stage.versions("DE", `${customer.id}/`)).toEqual([`${customer.id}/.tenantry/vault.json`]);
  }
});

test("what is under retention stays, is told with its date, and goes when that has come", async () => {
  const { customer, prefix } = await stored("NL");
  await stage.put("NL", `${prefix}early`);
  stage.advance(10 * dayMs);
  await stage.put("NL", `${prefix}late`);
  const lastWritten = stage.now();
  const { body } = await stage.remove(customer);
  await purge();
  untilCleared();
  expect((await stage.sweep()).removals).toMatchObject({ retained: 1 });
  const { storage } = await deletionOf(body.deletionId);
  expect(storage).toMatchObject({ state: "retained", removedObjects: 0, retainedObjects: 3 });
  const until = Date.parse(storage.retainedUntil);
  expect(Math.abs(until - (lastWritten + lockedDays * dayMs))).toBeLessThan(60_000);
  expect(await stage.versions("NL", `${customer.id}/`)).toHaveLength(3);
  // Not looked at again before.
  expect((await stage.sweep()).removals).toMatchObject({ retained: 0 });
  stage.advance(until - stage.now() + 1000);
  expect((await stage.sweep()).removals).toMatchObject({ cleared: 1 });
  expect(await stage.versions("NL", `${customer.id}/`)).toEqual([]);
  expect((await deletionOf(body.deletionId)).storage).toEqual({
    state: "removed",
    removedObjects: 3,
    removedBytes: expect.any(Number),
    retainedObjects: 0,
    retainedUntil: null,
  });
});

test("a storage that is out of order costs a quarter of an hour, rings the operator's bell, and loses nothing", async () => {
  const { customer, prefix } = await stored("DE");
  await stage.put("DE", `${prefix}file`);
  await stage.remove(customer);
  await purge();
  untilCleared();
  stage.disturb((operation) => (operation === "DeleteObjects" ? "fail" : "pass"));
  expect((await stage.sweep()).removals).toMatchObject({ failed: 1 });
  expect(stage.failures.at(-1)).toContain(customer.id);
  expect((await stage.sweep()).removals).toMatchObject({ failed: 0 });
  stage.disturb(undefined);
  stage.advance(16 * 60_000);
  expect((await stage.sweep()).removals).toMatchObject({ cleared: 1 });
  expect(await stage.versions("DE", `${customer.id}/`)).toEqual([]);
});

test("a large vault is cleared with the fewest calls that S3 allows, in flat memory", async () => {
  const objects = sized(3_500, 100_000);
  const { customer, prefix } = await stored("DE");
  const Bucket = stage.bucket("DE");
  const { index } = stage.storage;
  await stage.s3("DE").send(new PutObjectCommand({ Bucket, Key: `${prefix}0`, Body: "x" }));
  const known = { blob: "none", size: 1, etag: "none", headers: {}, at: stage.now(), retention: null };
  index.together(() => {
    for (let nth = 1; nth < objects - 1; nth += 1) index.add(Bucket, `${prefix}${nth}`, known);
  });
  const at = new Date(stage.now()).toISOString();
  const order = {
    location: "DE" as const,
    region: "eu-central-1",
    bucket: Bucket,
    prefix: `${customer.id}/`,
    customerId: customer.id,
    deviceId: null,
    heldAt: null,
    ifGone: false,
    orderedAt: at,
    dueAt: at,
  };
  const { item: Item } = vaultOrderPut(order, null);
  await stage.table.documents.send(new PutCommand({ TableName: stage.table.tableName, Item }));
  const before = new Map(stage.storage.calls);
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().heapUsed)), 20);
  // What one turn does not come to is the next one's.
  let turns = 0;
  for (let cleared = 0; cleared === 0 && turns < 20; turns += 1)
    cleared = (await stage.sweep()).removals["cleared"] ?? 0;
  clearInterval(watch);
  expect(await stage.versions("DE", `${customer.id}/`)).toEqual([]);
  const pages = Math.ceil(objects / 1_000);
  const calls = [...stage.storage.calls].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  expect(Object.fromEntries(calls.filter(([, count]) => count > 0))).toEqual({
    // One of them is the look just above. What was removed in one turn is in no list of the next.
    ListObjectVersions: pages + 1,
    DeleteObjects: pages,
    ListMultipartUploads: 1,
  });
  // The storage itself is in this process too.
  expect(most - heap).toBeLessThan(150_000_000);
}, 300_000);
