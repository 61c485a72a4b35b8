import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { shortenWaits } from "../../support/short-waits.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { openVaultStage, type VaultStage } from "../stages/vaults.ts";

let stage: VaultStage;
beforeAll(async () => {
  stage = await openVaultStage();
  shortenWaits();
});
afterAll(() => stage.close());

const check = async (): Promise<Record<string, number>> => {
  stage.advance(dayMs + 1);
  return (await stage.invoke("functions/schedule/check-residency.ts", {})) as Record<string, number>;
};
const storageOf = (id: string, options?: Parameters<VaultStage["ok"]>[2]) =>
  stage.ok("getStorage", { params: { id } }, options);
/** Whether a device is to stand on the watchlist for this. */
const isWatched = async ({ id }: { id: string }): Promise<boolean> =>
  (await stage.getDevice(id)).attention.some(({ code }: { code: string }) => code === "data_misplaced");
const events = async (id: string): Promise<string[]> =>
  (await stage.logged(id)).map(({ type }) => type).filter((type: string) => type.startsWith("Residency"));
/** A customer whose vault is ready, with a device. */
async function stored(more: object = {}) {
  const customer = await stage.customer(more);
  await stage.consume(customer.id);
  return { customer, device: await stage.device(customer.id) };
}
const manifestKey = (id: string): string => `${id}/.tenantry/vault.json`;

describe("the proof of where a customer's data lie", () => {
  test("names place, region, since when, and who decided by which rule", async () => {
    const { customer } = await stored({ country: "NO" });
    const key = await stage.ok("me");
    expect(await storageOf(customer.id)).toEqual({
      customerId: customer.id,
      name: customer.name,
      serviceType: "all-inclusive",
      location: {
        code: "NO",
        name: "Norway",
        region: "eu-north-1",
        residency: "nearest",
        regionCountry: "SE",
      },
      decision: { rule: "country", at: customer.createdAt, by: { kind: "apiKey", id: key.id }, reason: null },
      vault: (await stage.get(customer.id)).vault,
      formerPlaces: [],
      devicesElsewhere: [],
      usedBytes: 0,
      check: null,
    });
    const chosen = await stage.customer({ country: "AT", storageLocation: "CH" });
    expect((await storageOf(chosen.id)).decision).toMatchObject({ rule: "choice" });
    const { token } = await stage.key(chosen.id, "viewer");
    expect((await storageOf(chosen.id, { token })).decision.by).toEqual({ kind: "apiKey", id: null });
    const { token: support } = await stage.key(stage.provider.id, "support");
    const body = { storageLocation: "DE", reason: "Ticket 1" };
    await stage.ok("changeStorageLocation", { params: { id: chosen.id }, body }, { token: support });
    const moved = await storageOf(chosen.id);
    expect(moved.decision).toMatchObject({ rule: "support", reason: "Ticket 1", by: { kind: "apiKey" } });
    expect(moved.formerPlaces).toMatchObject([{ location: "CH", bucket: stage.bucket("CH") }]);
  });

  test("states the same of each customer of a branch, page by page, and of no other", async () => {
    const reseller = await stage.create(stage.provider.id, { level: "reseller" });
    const ids: string[] = [];
    for (let nth = 0; nth < 3; nth += 1) ids.push((await stage.create(reseller.id)).id);
    ids.push((await stage.create(ids[0] ?? "")).id);
    const { token } = await stage.key(reseller.id);
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: { customerId: string }[]; nextCursor: string | null } = await stage.ok(
        "getStorageStatement",
        { params: { id: reseller.id }, query: { limit: "2", ...(cursor !== null && { cursor }) } },
        { token },
      );
      for (const one of page.items) expect(one).toEqual(await storageOf(one.customerId, { token }));
      found.push(...page.items.map(({ customerId }) => customerId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    // The reseller itself and its Default Customer are of its branch too.
    expect(found).toHaveLength(ids.length + 2);
    expect(found).toEqual(expect.arrayContaining([reseller.id, ...ids]));
    const outside = { params: { id: stage.resellerId } };
    expectRefusal(await stage.call("getStorageStatement", outside, { token }), 404, "not_found");
    expectRefusal(await stage.call("getStorage", outside, { token }), 404, "not_found");
  });
});

describe("the nightly check", () => {
  test("finds nothing where all agree, and comes again every day", async () => {
    const { customer } = await stored();
    expect((await check())["consistent"]).toBeGreaterThan(0);
    expect((await storageOf(customer.id)).check).toMatchObject({ state: "consistent", differences: [] });
    const { at } = await stage.item(customer.id, "timer#residency");
    expect(Math.abs(Date.parse(at) - stage.now() - dayMs)).toBeLessThan(60_000);
    expect(await events(customer.id)).toEqual([]);
    const calls = stage.storage.calls.get("GetObject") ?? 0;
    await check();
    expect(stage.storage.calls.get("GetObject")).toBeGreaterThan(calls);
  });

  test.each([
    [
      "manifest_missing",
      async (id: string) => {
        const found = stage.storage.index.latest(stage.bucket("DE"), manifestKey(id));
        if (found) stage.storage.index.remove(stage.bucket("DE"), found);
        return () =>
          stage.setItem(id, { vaultStatus: "provisioning", vaultOrderedAt: stage.at() }).then(() => stage.consume(id));
      },
    ],
    [
      "manifest_differs",
      async (id: string) => {
        const text = await stage.read("DE", manifestKey(id));
        await stage.put("DE", manifestKey(id), text.replace('"location":"DE"', '"location":"FR"'));
        return () => stage.put("DE", manifestKey(id), text);
      },
    ],
    [
      "location_differs",
      async (id: string) => {
        await stage.setItem(id, { storageLocation: "NL" });
        return () => stage.setItem(id, { storageLocation: "DE" });
      },
    ],
    [
      "bucket_elsewhere",
      async (id: string) => {
        const { vault } = await stage.item(id);
        await stage.setItem(id, { vault: { ...vault, region: "eu-west-1" } });
        return () => stage.setItem(id, { vault });
      },
    ],
  ])(
    "finds %s: an event once, on the watchlist, and the operator's bell every day until it is put right",
    async (code, spoil) => {
      const { customer, device } = await stored();
      const mend = await spoil(customer.id);
      const bells = () =>
        stage.failures.filter((line) => line.includes("residency") && line.includes(customer.id)).length;
      for (const day of [1, 2]) {
        expect((await check())["different"]).toBe(1);
        const found = (await storageOf(customer.id)).check;
        expect(found.state).toBe("different");
        expect(found.differences.map((one: { code: string }) => one.code)).toContain(code);
        expect([await events(customer.id), await isWatched(device), bells()]).toEqual([
          ["ResidencyDiffers"],
          true,
          day,
        ]);
      }
      // What the device reports of itself does not settle it.
      const usage = { usedBytes: 5, measuredAt: stage.at(-1000), storageLocation: "DE" };
      await stage.ok("reportUsage", { body: usage }, { token: device.token });
      expect(await isWatched(device)).toBe(true);
      await mend();
      await check();
      expect((await storageOf(customer.id)).check).toMatchObject({ state: "consistent" });
      expect([await events(customer.id), await isWatched(device)]).toEqual([
        ["ResidencyRestored", "ResidencyDiffers"],
        false,
      ]);
    },
  );

  test("takes a device at its word that says to have stored elsewhere, and where its customer was once", async () => {
    const { customer, device } = await stored();
    let seconds = 0;
    const report = (storageLocation: string) =>
      stage.ok(
        "reportUsage",
        { body: { usedBytes: 5, measuredAt: stage.at((seconds += 1) * 1000 - 100_000), storageLocation } },
        { token: device.token },
      );
    await report("US");
    expect(await isWatched(device)).toBe(true);
    expect((await check())["different"]).toBe(1);
    expect((await storageOf(customer.id)).check.differences).toEqual([
      { code: "device_elsewhere", expected: "DE", found: "US", deviceId: device.id },
    ]);
    await report("DE");
    expect(await isWatched(device)).toBe(false);
    await check();
    expect((await storageOf(customer.id)).check.state).toBe("consistent");
    const { token } = await stage.key(stage.provider.id, "support");
    const body = { storageLocation: "CH", reason: "moved", acknowledgeStoredData: true };
    await stage.ok("changeStorageLocation", { params: { id: customer.id }, body }, { token });
    await stage.consume(customer.id);
    await report("DE");
    expect(await isWatched(device)).toBe(false);
  });

  test("waits where the storage does not answer, and where the customer is deleted; one that is purged is looked at no more", async () => {
    const { customer } = await stored();
    stage.disturb((operation) => (operation === "GetObject" ? "fail" : "pass"));
    expect(await check()).toMatchObject({ different: 0, consistent: 0 });
    stage.disturb(undefined);
    expect((await storageOf(customer.id)).check).toBeNull();
    await stage.remove(customer);
    await check();
    expect(await stage.item(customer.id, "residency")).toBeUndefined();
    expect(await stage.item(customer.id, "timer#residency")).toBeDefined();
    stage.advance(31 * dayMs);
    await stage.invoke("functions/schedule/sweep-purges.ts", {});
    expect(await stage.item(customer.id, "timer#residency")).toBeUndefined();
  });
});

test("the operator's alarm rings once nobody could look for a day where a customer's data lie", async () => {
  const { customer } = await stored();
  await check();
  const error = vi.spyOn(stage.runtime.logger, "error").mockImplementation(() => undefined);
  vi.spyOn(stage.runtime.logger, "warn").mockImplementation(() => undefined);
  const told = (): unknown[] =>
    error.mock.calls.flatMap(([message, about]) =>
      message === "vault in trouble" && (about as { customerId?: string }).customerId === customer.id ? [about] : [],
    );
  stage.disturb((operation) => (operation === "GetObject" ? "fail" : "pass"));
  await check();
  expect(told()).toEqual([]);
  await check();
  expect(told()).toMatchObject([{ bucket: customer.vault.bucket, problem: expect.any(String) }]);
  stage.disturb(undefined);
  await check();
  expect((await storageOf(customer.id)).check.state).toBe("consistent");
  expect(told()).toHaveLength(1);
  vi.restoreAllMocks();
});

test("a customer from before there were vaults has one ordered by the first device that asks", async () => {
  const customer = await stage.customer();
  const { DeleteCommand, UpdateCommand } = await import("@aws-sdk/lib-dynamodb");
  const { documents, tableName: TableName } = stage.table;
  await documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk: customer.id, sk: "@" },
      UpdateExpression: "REMOVE vault, vaultStatus, vaultOrderedAt, vaultAttempts",
    }),
  );
  await documents.send(new DeleteCommand({ TableName, Key: { pk: customer.id, sk: "timer#vault-provision" } }));
  const device = await stage.device(customer.id);
  expect((await stage.get(customer.id)).vault).toBeNull();
  expect((await stage.backup(device)).body).toMatchObject({ allowed: false, reasons: [{ code: "vault_not_ready" }] });
  expect((await stage.get(customer.id)).vault).toMatchObject({ status: "provisioning" });
  await stage.consume(customer.id);
  expect((await stage.backup(device)).body.allowed).toBe(true);
});
