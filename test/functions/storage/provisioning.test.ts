import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isFullSize, sized } from "../../support/size.ts";
import { shortenWaits } from "../../support/short-waits.ts";
import { minuteMs } from "./minutes.ts";
import { openVaultStage, type VaultStage } from "../stages/vaults.ts";

const many = sized(30, 1_000);
let stage: VaultStage;
beforeAll(async () => {
  stage = await openVaultStage();
  shortenWaits();
});
afterEach(() => stage.disturb(undefined));
afterAll(() => stage.close());

const manifestKey = (id: string): string => `${id}/.tenantry/vault.json`;
const vaultOf = async (id: string) => (await stage.get(id)).vault;
/** Calls of an operation to the storage that some work makes. */
async function callsDuring(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = new Map(stage.storage.calls);
  await work();
  const counts = [...stage.storage.calls].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

describe("a new customer of the provider's storage", () => {
  test("has its vault ordered with it, and ready once its manifest is written, in the region of its location", async () => {
    const customer = await stage.customer({ country: "NO" });
    const place = { region: "eu-north-1", bucket: stage.bucket("NO"), prefix: `${customer.id}/` };
    expect(customer.vault).toEqual({ status: "provisioning", ...place, readyAt: null, reason: null });
    expect(await callsDuring(() => stage.consume(customer.id))).toEqual({ PutObject: 1 });
    const after = await stage.get(customer.id);
    expect(after.vault).toEqual({ status: "ready", ...place, readyAt: expect.any(String), reason: null });
    // Whoever has read it before may change it all the same.
    expect(after.version).toBe(customer.version);
    expect(JSON.parse(await stage.read("NO", manifestKey(customer.id)))).toEqual({
      format: 1,
      stage: "test",
      customerId: customer.id,
      location: "NO",
      ...place,
      orderedAt: customer.createdAt,
    });
    expect(await stage.item(customer.id, "timer#vault-provision")).toBeUndefined();
    expect((await stage.logged(customer.id)).map(({ type }) => type)).toEqual(["CustomerCreated"]);
  });

  test("is told why its devices cannot back up until then, and may once it is there", async () => {
    const customer = await stage.customer();
    const device = await stage.device(customer.id);
    const refused = await stage.backup(device);
    expect(refused.body).toMatchObject({
      allowed: false,
      reasons: [{ code: "vault_not_ready", level: "end-customer", nodeId: customer.id }],
    });
    await stage.consume(customer.id);
    const { body } = await stage.backup(device);
    expect(body).toMatchObject({ allowed: true, grant: { bucket: stage.bucket("DE"), endpoint: stage.storage.url } });
  });

  test("gets it by its timer where the stream did not bring it", async () => {
    const customer = await stage.customer();
    expect((await stage.sweep()).provisioned).toEqual({ ready: 0, later: 0, left: 0 });
    stage.advance(2 * minuteMs + 1);
    expect((await stage.sweep()).provisioned.ready).toBeGreaterThan(0);
    expect((await vaultOf(customer.id)).status).toBe("ready");
    expect((await stage.sweep()).provisioned).toEqual({ ready: 0, later: 0, left: 0 });
  });

  test(`and ${many - 1} others get theirs with one call each, 16 side by side`, { timeout: 600_000 }, async () => {
    const ids: string[] = [];
    while (ids.length < many) {
      const batch = Array.from({ length: Math.min(10, many - ids.length) }, () => stage.customer());
      for (const { id } of await Promise.all(batch)) ids.push(id);
    }
    const busy = { now: 0, most: 0 };
    stage.disturb((_operation, when) => {
      busy.now += when === "before" ? 1 : -1;
      busy.most = Math.max(busy.most, busy.now);
      return "pass";
    });
    const began = performance.now();
    const calls = await callsDuring(async () => {
      for (let start = 0; start < many; start += 100) await stage.consume(...ids.slice(start, start + 100));
    });
    expect(calls).toEqual({ PutObject: many });
    expect(busy.most).toBeLessThanOrEqual(16);
    for (const id of ids) expect((await stage.item(id))?.["vaultStatus"]).toBe("ready");
    if (isFullSize)
      process.stdout.write(`${many} vaults: ${Math.round(performance.now() - began)} ms, ${busy.most} at a time\n`);
  });

  test("has one manifest, however often and by however many it is brought", async () => {
    const customer = await stage.customer();
    await Promise.all(Array.from({ length: 5 }, () => stage.consume(customer.id)));
    await stage.consume(customer.id);
    expect(await stage.versions("DE", `${customer.id}/`)).toEqual([manifestKey(customer.id)]);
    expect((await vaultOf(customer.id)).status).toBe("ready");
  });

  test("is none of those who sell, nor of those with a storage of their own", async () => {
    const reseller = await stage.create(stage.provider.id, { level: "reseller" });
    const own = await stage.customer({ serviceType: "software-only" });
    expect([reseller.vault, own.vault, stage.provider.vault]).toEqual([null, null, null]);
    const { items } = await stage.ok("listCustomers", { query: { parentId: reseller.id } });
    expect(items).toMatchObject([{ isDefault: true, vault: { status: "provisioning" } }]);
  });
});

describe("a vault that cannot be provisioned", () => {
  test("says why, counts as failed after three attempts, is tried again ever more seldom, and gets ready", async () => {
    const customer = await stage.customer();
    stage.disturb((operation) => (operation === "PutObject" ? "fail" : "pass"));
    await stage.consume(customer.id);
    expect(await vaultOf(customer.id)).toMatchObject({
      status: "provisioning",
      reason: "storage_error",
      readyAt: null,
    });
    const pauses: number[] = [];
    for (let attempt = 2; attempt <= 12; attempt += 1) {
      const { at } = await stage.item(customer.id, "timer#vault-provision");
      pauses.push(Date.parse(at) - stage.now());
      stage.advance(Date.parse(at) - stage.now() + 1);
      await stage.sweep();
      expect((await vaultOf(customer.id)).status).toBe(attempt < 3 ? "provisioning" : "failed");
    }
    for (const [index, pause] of pauses.entries()) {
      const most = Math.min(60, 2 ** index) * minuteMs;
      expect(pause).toBeLessThanOrEqual(most);
      expect(pause).toBeGreaterThan(most / 2 - 10_000);
    }
    const told = stage.failures.filter((line) => line.includes(customer.id));
    expect(told).toHaveLength(10);
    expect(told[0]).toContain("storage_error");

    stage.disturb(undefined);
    stage.advance(61 * minuteMs);
    await stage.sweep();
    expect(await vaultOf(customer.id)).toMatchObject({ status: "ready", reason: null });
  }, 120_000);

  test("for too many calls at once says so", async () => {
    const customer = await stage.customer();
    stage.disturb(() => "throttle");
    await stage.consume(customer.id);
    expect(await vaultOf(customer.id)).toMatchObject({ status: "provisioning", reason: "throttled" });
  });

  test("because its answer was lost is found to be there by the next attempt", async () => {
    const customer = await stage.customer();
    let lost = 0;
    stage.disturb((operation, when) => {
      if (operation !== "PutObject" || when === "before" || lost > 0) return "pass";
      lost += 1;
      return "drop";
    });
    await stage.consume(customer.id);
    stage.advance(3 * minuteMs);
    await stage.sweep();
    expect([lost, (await vaultOf(customer.id)).status]).toEqual([1, "ready"]);
    expect(await stage.versions("DE", `${customer.id}/`)).toEqual([manifestKey(customer.id)]);
  });

  test.each([
    ["bucket_missing", { bucket: "nobodys-bucket" }],
    ["bucket_elsewhere", { region: "eu-west-1" }],
  ])("says %s", async (reason, wrong) => {
    const customer = await stage.customer();
    const { vault } = await stage.item(customer.id);
    await stage.setItem(customer.id, { vault: { ...vault, ...wrong } });
    await stage.consume(customer.id);
    expect(await vaultOf(customer.id)).toMatchObject({ status: "provisioning", reason });
  });

  test("since another manifest stands there stays so, and leaves that as it is", async () => {
    const customer = await stage.customer();
    for (const text of ['{"format":1,"customerId":"cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8"}', "no JSON"]) {
      await stage.put("DE", manifestKey(customer.id), text);
      await stage.consume(customer.id);
      expect(await vaultOf(customer.id)).toMatchObject({ reason: "manifest_differs" });
      expect(await stage.read("DE", manifestKey(customer.id))).toBe(text);
    }
  });
});

describe("a vault that is ordered anew", () => {
  test("by support is provisioned where the data go from then on; what was found out about the old one does not count", async () => {
    const customer = await stage.customer();
    await stage.consume(customer.id);
    const { token } = await stage.key(stage.provider.id, "support");
    const before = await stage.item(customer.id);
    const body = { storageLocation: "CH", reason: "moved" };
    await stage.ok("changeStorageLocation", { params: { id: customer.id }, body }, { token });
    expect(await vaultOf(customer.id)).toMatchObject({ status: "provisioning", bucket: stage.bucket("CH") });
    // The stream brings the old order once more.
    await stage.invoke("functions/stream/provision-vaults.ts", { Records: [] });
    expect((await stage.item(customer.id)).formerVaults).toEqual([
      { ...before.vault, until: (await stage.item(customer.id)).vaultOrderedAt },
    ]);
    await stage.consume(customer.id);
    expect(await vaultOf(customer.id)).toMatchObject({ status: "ready", region: "eu-central-2" });
    await stage.ok(
      "changeStorageLocation",
      { params: { id: customer.id }, body: { storageLocation: "DE", reason: "and back" } },
      { token },
    );
    await stage.consume(customer.id);
    expect(await vaultOf(customer.id)).toMatchObject({ status: "ready", region: "eu-central-1" });
    expect((await stage.item(customer.id)).formerVaults).toMatchObject([{ location: "CH" }]);
  });

  test("by another service type comes and goes with it, and nothing of it is lost", async () => {
    const customer = await stage.customer({ serviceType: "software-only" });
    const change = async (serviceType: string) => (await stage.patch(customer.id, { serviceType })).body;
    expect((await change("all-inclusive")).vault).toMatchObject({ status: "provisioning" });
    await stage.consume(customer.id);
    expect((await change("software-only")).vault).toBeNull();
    expect(await stage.versions("DE", `${customer.id}/`)).toEqual([manifestKey(customer.id)]);
    expect((await change("all-inclusive")).vault).toMatchObject({ status: "provisioning" });
    expect(await callsDuring(() => stage.consume(customer.id))).toEqual({ PutObject: 1, GetObject: 1 });
    expect((await vaultOf(customer.id)).status).toBe("ready");
  });
});
