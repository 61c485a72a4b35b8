import { AsyncLocalStorage } from "node:async_hooks";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openDatabase } from "../../../shared/store/table/database.ts";
import { checkCustomer } from "../../../shared/store/usage/recount.ts";
import { createMeter } from "../../../shared/store/table/units.ts";
import { openTableStream, type TableRecord } from "../../fleet/table-stream.ts";
import { dump, type Item } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { allPages, dayMs, expectRefusal } from "../stages/book.ts";
import { buildEstate, type Estate } from "../stages/estate.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { goodPassword } from "../stages/post.ts";
import { consumeUsage, settleStream } from "../stages/settle.ts";
import { shortenWaits } from "../../support/short-waits.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

/*
 * The long run asks for more: a branch of 5,000 nodes, and fifty kills. PURGE_SEED repeats a run's kills.
 */
const customers = Number(process.env["PURGE_CUSTOMERS"] ?? 6);
const kills = Number(process.env["PURGE_KILLS"] ?? 8);
const seed = Number(process.env["PURGE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const long = customers * 5_000 + 60_000;

type Body = Reply["body"];
/** An invocation that is killed at its n-th call to the table: before the call arrives, or before its answer does. */
interface Life {
  nth: number;
  when: "before" | "after";
  calls: number;
}
const lives = new AsyncLocalStorage<Life>();

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
let state = seed;
/** Numbers from 0 to 1, always the same for the same seed. */
const random = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};

beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
  const deletion = { customersPerHour: 10_000 };
  await fleet.ok("updateSettings", { params: { id: fleet.provider.id }, body: { deletion } });
  fleet.runtime.client.middlewareStack.add(
    (next) => async (args) => {
      const life = lives.getStore();
      if (!life) return next(args);
      life.calls += 1;
      const { nth, calls, when } = life;
      // Whoever is dead calls no more.
      if (calls > nth || (calls === nth && when === "before")) throw new Error("killed");
      const answer = await next(args);
      if (calls === nth) throw new Error("killed");
      return answer;
    },
    { step: "finalizeRequest", priority: "low", name: "kill" },
  );
  shortenWaits(2);
  // Whoever is killed says so.
  vi.spyOn(fleet.runtime.logger, "error").mockImplementation((() => undefined) as never);
});
afterAll(() => stream.close());

const sweepFile = "functions/schedule/sweep-purges.ts";
interface Swept {
  complete: number;
  more: number;
  void: number;
  stuck: number;
}
const sweep = () => fleet.invoke(sweepFile, {}) as Promise<Swept>;
/** A run that dies at its n-th call. @returns whether it came so far */
async function killedSweep(nth: number): Promise<boolean> {
  const life: Life = { nth, when: random() < 0.5 ? "before" : "after", calls: 0 };
  await lives.run(life, sweep).catch(() => undefined);
  return life.calls >= nth;
}

const open = () => openDatabase(fleet.runtime.client, fleet.table.tableName, createMeter());
const settle = () => settleStream(fleet, stream);
/** All that follows from a customer's counters and the facts below it. */
const wrongAt = async (id: string): Promise<unknown[]> => checkCustomer(open(), id);
const providerTotals = async (): Promise<Body> => {
  const { usedBytes } = (await fleet.get(fleet.provider.id)).space;
  const { deviceCount, licences } = await fleet.get(fleet.provider.id);
  return { usedBytes, deviceCount, used: licences.used };
};
const remove = (customer: Body) =>
  fleet.ok("deleteCustomer", { params: { id: customer.id }, query: { confirm: customer.name } });
const idsIn = (estate: Estate): string[] =>
  [estate.reseller, ...estate.customers, ...estate.accounts, ...estate.devices, ...estate.sets, ...estate.services].map(
    ({ id }) => id,
  );
const about = (items: readonly Item[], kind: string): Item[] => items.filter((item) => item["kind"] === kind);

describe("a branch whose grace period is over", { timeout: long }, () => {
  let estate: Estate;
  let before: Body;
  let deletionId: string;
  /** What the stream tells of the branch, and tells once more when it is gone. */
  let late: TableRecord[] = [];

  beforeAll(async () => {
    await settle();
    before = await providerTotals();
    estate = await buildEstate(fleet, { customers, accountsEach: 3, devicesEach: 2, setsEach: 2 });
    const records = await stream.next();
    await consumeUsage(fleet, records);
    late = [...records];
    await settle();
    process.stdout.write(`purge: ${idsIn(estate).length} nodes, ${kills} kills, PURGE_SEED=${seed}\n`);
  }, long);

  test("counts above until it is gone, but for its licences and devices, which go back at once", async () => {
    const whole = await providerTotals();
    expect(whole.deviceCount - before.deviceCount).toBe(estate.devices.length + estate.backingUp.length);
    expect([whole.usedBytes - before.usedBytes, whole.used - before.used]).toEqual([3_000, 3]);
    ({ deletionId } = await remove(estate.reseller));
    await settle();
    expect(await providerTotals()).toEqual({
      ...whole,
      used: before.used,
      deviceCount: before.deviceCount,
    });
    expect(await wrongAt(fleet.provider.id)).toEqual([]);
  });

  test("is not touched before its time", async () => {
    fleet.advance(30 * dayMs - 60_000);
    const items = await dump(fleet.table);
    expect(await sweep()).toEqual({ complete: 0, more: 0, void: 0, stuck: 0 });
    expect((await dump(fleet.table)).length).toBe(items.length);
    expect((await fleet.ok("getDeletion", { params: { id: deletionId } })).state).toBe("deleted");
  });

  test("is gone in the end, wherever the purge is killed", async () => {
    fleet.advance(2 * 60_000);
    const nodes = idsIn(estate).length;
    let died = 0;
    for (let tries = 0; died < kills && tries < kills * 4; tries += 1) {
      const { state: stands } = await fleet.ok("getDeletion", { params: { id: deletionId } });
      if (stands === "purged") break;
      // Kills fall all over the purge: each life gets about as much done as is its share.
      if (await killedSweep(1 + Math.floor(random() * Math.max(8, (nodes / kills) * 0.5)))) died += 1;
    }
    expect(died).toBe(kills);
    // Two at once finish it.
    for (let runs = 0; runs < 50; runs += 1) {
      const [one, other] = await Promise.all([sweep(), sweep()]);
      expect([one.stuck, other.stuck]).toEqual([0, 0]);
      if ((await fleet.ok("getDeletion", { params: { id: deletionId } })).state === "purged") break;
    }
    const { state: stands, purged, purgedAt } = await fleet.ok("getDeletion", { params: { id: deletionId } });
    expect(stands).toBe("purged");
    expect(purgedAt).not.toBeNull();
    const own = estate.backingUp.length;
    const resellers = 2; // itself and its Default Customer
    expect(purged).toEqual({
      customers: estate.customers.length + resellers,
      // Each computer that has enrolled has an account of its own.
      accounts: estate.accounts.length + own,
      devices: estate.devices.length + own,
      backupSets: estate.sets.length,
    });
    expect(await sweep()).toEqual({ complete: 0, more: 0, void: 0, stuck: 0 });
  });

  test("leaves tombstones, orders to remove the data, its log and the report, and nothing else", async () => {
    const items = await dump(fleet.table);
    const gone = new Set(idsIn(estate));
    const rest = items.filter(({ pk }) => gone.has(pk) || gone.has(pk.replace(/^(ID|DELETIONS|TOMBSTONES)#/, "")));
    expect(rest.filter(({ kind }) => kind !== "tombstone")).toEqual([]);
    const idsOf = (text: string): string[] => text.match(/[a-z]{3}_[0-9A-Z]{26}/g) ?? [];
    const mentioned = items.filter(({ pk, sk, customerId }) =>
      idsOf(`${pk} ${sk} ${String(customerId)}`).some((id) => gone.has(id)),
    );
    const kinds = new Set(mentioned.map(({ kind }) => kind));
    for (const kind of [
      "tombstone",
      "vault-order",
      "deletion",
      "log",
      "log-copy",
      "job",
      "job-guard",
      "mail",
      "totals",
      "answer",
      "ledger",
    ])
      kinds.delete(kind);
    expect([...kinds]).toEqual([]);
    // Each customer's ledger ends with the day on which it was removed.
    const ledger = items.filter(({ kind, pk }) => kind === "ledger" && gone.has(pk.slice("LEDGER#".length)));
    const ends = Map.groupBy(ledger, ({ pk }) => pk);
    expect(ends.size).toBe([...gone].filter((id) => id.startsWith("cus_")).length);
    for (const days of ends.values())
      expect(days.toSorted((one, other) => (one.sk < other.sk ? -1 : 1)).at(-1)).toMatchObject({
        record: { state: "deleted", usedBytes: 0 },
      });
    const stones = about(items, "tombstone").filter(({ pk }) => pk === `TOMBSTONES#${fleet.provider.id}`);
    const nodes = [
      estate.reseller,
      ...estate.customers,
      ...estate.accounts,
      ...estate.devices,
      ...estate.backingUp,
      ...estate.services,
    ];
    const byId = new Map(stones.map((stone) => [stone["id"], stone]));
    // Beside those: the Default Customer, and the accounts of computers that have enrolled.
    expect(stones).toHaveLength(nodes.length + 1 + estate.backingUp.length);
    for (const { id } of nodes) expect([id, byId.has(id)]).toEqual([id, true]);
    expect(byId.get(estate.reseller.id)).toMatchObject({
      what: "customer",
      name: estate.reseller.name,
      level: "reseller",
      parentId: fleet.provider.id,
    });
    const [account] = estate.accounts;
    expect(byId.get(account.id)).toMatchObject({
      what: "account",
      username: account.username,
      plan: "select",
      customerId: account.customerId,
    });
    expect(byId.get(estate.services[0].id)).toMatchObject({
      what: "service",
      unitPrice: { amount: 100, currency: "EUR" },
    });
    const orders = about(items, "vault-order");
    expect(orders.map(({ customerId }) => customerId)).toEqual(
      expect.arrayContaining(estate.customers.map(({ id }) => id)),
    );
    expect(orders.find(({ customerId }) => customerId === estate.customers[0].id)).toMatchObject({
      deletionId: expect.stringMatching(/^del_/),
      location: "DE",
      bucket: "tenantry-test-vault-de-111122223333",
      prefix: `${estate.customers[0].id}/`,
    });
    const timers = items.filter(({ duePk }) => duePk !== undefined && !/^(vault|mail)#/.test(String(duePk)));
    expect(timers.filter(({ pk }) => gone.has(pk.replace(/^(ID|DELETIONS|TOMBSTONES)#/, "")))).toEqual([]);
  });

  test("frees names, references, logins and keys", async () => {
    const reseller = await fleet.create(fleet.provider.id, {
      level: "reseller",
      name: estate.reseller.name,
      externalRef: estate.reseller.externalRef,
    });
    const again = await fleet.create(reseller.id, { name: estate.customers[0].name, externalRef: "customer 0" });
    const [{ username }] = estate.accounts;
    const contact = { name: "Ann", email: "ann@example.com" };
    await fleet.ok("createAccount", {
      body: { customerId: again.id, plan: "select", username, password: goodPassword, contact },
    });
    const [key] = estate.keys;
    expectRefusal(await fleet.call("me", {}, { token: key.token }), 401, "unauthenticated");
    const [device] = estate.backingUp;
    expectRefusal(await fleet.backup(device as { token: string }), 401, "unauthenticated");
    const [enrolmentKey] = estate.enrolmentKeys;
    expectRefusal(await fleet.enrol({ enrolmentKey: enrolmentKey.token }), 401, "unauthenticated");
  });

  test("counts nowhere any more, whatever the stream still brings of it", async () => {
    await settle();
    const ours = async () => {
      const { usedBytes, deviceCount, used } = await providerTotals();
      return [usedBytes, deviceCount, used];
    };
    expect(await ours()).toEqual([before.usedBytes, before.deviceCount, before.used]);
    await consumeUsage(fleet, late);
    await settle();
    expect(await ours()).toEqual([before.usedBytes, before.deviceCount, before.used]);
    expect(await wrongAt(fleet.provider.id)).toEqual([]);
    const items = await dump(fleet.table);
    const gone = new Set(idsIn(estate));
    expect(items.filter(({ pk }) => gone.has(pk))).toEqual([]);
  });

  test("cannot be restored: whoever saw it hears that it is gone, others what they hear of what never was", async () => {
    const { token } = await fleet.key((await fleet.create(fleet.provider.id, { level: "reseller" })).id);
    for (const [operation, node] of [
      ["restoreCustomer", estate.reseller],
      ["restoreCustomer", estate.customers[0]],
      ["restoreAccount", estate.accounts[0]],
      ["restoreDevice", estate.devices[0]],
    ] as const) {
      const params = { id: String(node.id) };
      expectRefusal(await fleet.call(operation, { params }), 410, "purged");
      expectRefusal(await fleet.call(operation, { params }, { token }), 404, "not_found");
    }
    expectRefusal(await fleet.call("getCustomer", { params: { id: estate.reseller.id } }), 404, "not_found");
    expectRefusal(await fleet.call("getAccount", { params: { id: estate.accounts[0].id } }), 404, "not_found");
    expectRefusal(await fleet.call("getDevice", { params: { id: estate.devices[0].id } }), 404, "not_found");
  });

  test("stays in the report of the level above", async () => {
    const { items } = await allPages(fleet, "listDeletions", { params: { id: fleet.provider.id } });
    expect(items.find(({ nodeId }) => nodeId === estate.reseller.id)).toMatchObject({
      kind: "customer",
      name: estate.reseller.name,
      state: "purged",
      usedBytes: 3_000,
      deviceCount: estate.devices.length + estate.backingUp.length,
      licences: 3,
    });
    const { items: logged } = await fleet.ok("listLog", { params: { id: fleet.provider.id }, query: { limit: "200" } });
    const entry = logged.find(({ type, node }: Body) => type === "CustomerPurged" && node.id === estate.reseller.id);
    expect(entry.actor).toEqual({ kind: "system", id: null });
  });
});
