import { AsyncLocalStorage } from "node:async_hooks";
import { BatchWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as fc from "fast-check";
import pMap from "p-map";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AccountRecord } from "../../../shared/domain/accounts/account.ts";
import { newDevice } from "../../../shared/domain/devices/device.ts";
import { readChain } from "../../../shared/store/hierarchy/chain.ts";
import { openDatabase } from "../../../shared/store/table/database.ts";
import { enrolDevice } from "../../../shared/store/devices/enrolments.ts";
import { accountKey, customerKey, deviceKey, type Key, totalsKey } from "../../../shared/store/table/keys.ts";
import { createMeter, type Item } from "../../../shared/store/table/units.ts";
import { insert } from "../../../shared/store/table/writes.ts";
import { changesOf, openTableStream, type TableRecord } from "../../fleet/table-stream.ts";
import { type Book, openBook } from "../../functions/stages/book.ts";
import { deviceComplaints } from "../../model/device-invariants.ts";
import { dump } from "../../model/invariants.ts";
import { sized } from "../../support/size.ts";
import { shortenWaits } from "../../support/short-waits.ts";

// What a hash costs has no part in this.
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});

const levels = { device: "functions/stream/roll-up.ts", customer: "functions/stream/roll-up.ts" };
type Kind = keyof typeof levels;

/** An invocation that is killed at its n-th call to the table: before the call arrives, or before its answer does. */
interface Kill {
  nth: number;
  when: "before" | "after";
}
interface Life {
  kill: Kill | null;
  calls: number;
  transactions: number;
}
const lives = new AsyncLocalStorage<Life>();

/** A consumer is killed at each call in the long run, else at every fifth. */
const killStep = process.env["ROLL_UP_HISTORIES"] === undefined ? 5 : 1;

let book: Book;
let stream: Awaited<ReturnType<typeof openTableStream>>;
let resellerId: string;
const costs: { job: string; writeUnits: number }[] = [];
beforeAll(async () => {
  book = await openBook();
  stream = await openTableStream(book.table);
  resellerId = (await book.create(book.provider.id, { level: "reseller" })).id;
  book.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      const life = lives.getStore();
      if (!life) return next(args);
      life.calls += 1;
      if (context["commandName"] === "TransactWriteItemsCommand") life.transactions += 1;
      const { kill, calls } = life;
      // Whoever is dead calls no more.
      if (kill && (calls > kill.nth || (calls === kill.nth && kill.when === "before"))) throw new Error("killed");
      const answer = await next(args);
      if (kill && calls === kill.nth) throw new Error("killed");
      return answer;
    },
    { step: "finalizeRequest", priority: "low", name: "kill" },
  );
  shortenWaits(2);
  vi.spyOn(book.runtime.logger, "info").mockImplementation(((_: string, entry: (typeof costs)[number]) => {
    if ("writeUnits" in entry) costs.push(entry);
  }) as never);
});
afterAll(() => stream.close());

/** One delivery of a batch. @returns what it did, null where it was killed */
async function deliver(kind: Kind, Records: readonly TableRecord[], kill: Kill | null = null): Promise<Life | null> {
  const life: Life = { kill, calls: 0, transactions: 0 };
  const event = structuredClone({ Records });
  try {
    const answer = await lives.run(life, () => book.invoke(levels[kind], event));
    expect(answer).toEqual({ batchItemFailures: [] });
    return life;
  } catch (error) {
    if (!kill || life.calls < kill.nth) throw error;
    return null;
  }
}

/** How a consumer goes through the stream. */
interface Step {
  /** Records of the batch. */
  size: number;
  /** Records before it that come once more: the position was remembered too late. */
  back: number;
  kills: Kill[];
  /** Deliveries after the one that succeeded. */
  again: number;
}
const step: fc.Arbitrary<Step> = fc.record({
  size: fc.integer({ min: 1, max: 9 }),
  back: fc.integer({ min: 0, max: 6 }),
  kills: fc.array(fc.record({ nth: fc.integer({ min: 1, max: 7 }), when: fc.constantFrom("before", "after") }), {
    maxLength: 2,
  }),
  again: fc.integer({ min: 0, max: 2 }),
});
const steps = fc.array(step, { minLength: 1, maxLength: 6 });

async function consume(kind: Kind, records: readonly TableRecord[], way: readonly Step[]): Promise<void> {
  let position = 0;
  for (let turn = 0; position < records.length; turn += 1) {
    const { size, back, kills, again } = way[turn % way.length] ?? { size: 1, back: 0, kills: [], again: 0 };
    const batch = records.slice(Math.max(0, position - back), position + size);
    for (const kill of kills) await deliver(kind, batch, kill);
    for (let times = 0; times <= again; times += 1) await deliver(kind, batch);
    position += size;
  }
}
/** Brings all that was committed through the consumers, level by level, each by as many consumers side by side as there are ways. */
async function settle(ways: readonly (readonly Step[])[], pending: readonly TableRecord[] = []): Promise<void> {
  for (let records = [...pending, ...(await stream.next())]; ; records = await stream.next()) {
    const all = (["customer", "device"] as const).map((kind) => [kind, changesOf(kind, records)] as const);
    if (all.every(([, of]) => of.length === 0)) return;
    for (const [kind, of] of all) await Promise.all(ways.map((way) => consume(kind, of, way)));
  }
}
const plainly: Step[] = [{ size: 500, back: 0, kills: [], again: 0 }];

interface Place {
  id: string;
  customerId: string;
  accountId: string;
}
const setUsage = (device: Place, usedBytes: number): Promise<unknown> =>
  book.table.documents.send(
    new UpdateCommand({
      TableName: book.table.tableName,
      Key: deviceKey(device.customerId, device.accountId, device.id),
      UpdateExpression: "SET usedBytes = :used",
      ExpressionAttributeValues: { ":used": usedBytes },
    }),
  );
const setCounter = (key: Key, name: string, change: number): Promise<unknown> =>
  book.table.documents.send(
    new UpdateCommand({
      TableName: book.table.tableName,
      Key: key,
      UpdateExpression: "ADD #name :change",
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeNames: { "#name": name },
      ExpressionAttributeValues: { ":change": change },
    }),
  );
const accountOf = async (customerId: string, plan = "select"): Promise<string> => {
  const contact = { name: "Ann", email: "ann@example.com" };
  const login = { username: `${plan}.${customerId}`, password: "nobody guesses this one" };
  return (await book.ok("createAccount", { body: { customerId, plan, contact, ...login } })).id;
};

/** A reseller's customers: one with two accounts and a site, one with one; each account has two devices. */
async function openWorld(): Promise<Place[]> {
  const one = await book.create(resellerId);
  const site = await book.create(one.id);
  const other = await book.create(resellerId);
  const places: Place[] = [];
  for (const [customerId, plan] of [
    [one.id, "select"],
    [one.id, "basic"],
    [site.id, "select"],
    [other.id, "select"],
  ]) {
    const accountId = await accountOf(customerId, plan);
    for (const machineId of ["a", "b"].map((letter) => `${letter}-${accountId}`)) {
      const db = openDatabase(book.runtime.client, book.table.tableName, createMeter());
      const chain = await readChain(db, customerId, { customerId, ancestors: [] });
      const account = AccountRecord.parse(await db.get(accountKey(customerId, accountId)));
      const id = book.runtime.ids.id("device", Date.now());
      const place = { id, customerId, accountId, plan: null, state: "active" } as const;
      const device = newDevice({ machineId, name: machineId, kind: "laptop", os: "Linux" }, place, Date.now());
      if (chain) await db.commit(enrolDevice(device, account, false, chain, "secret"));
      places.push({ id, customerId, accountId });
    }
  }
  await settle([plainly]);
  return places;
}

const usedOf = (item: Item): number => Number(item["usedBytes"] ?? 0);
/** Counters that are not the sum of what the devices below use. */
async function wrongCounters(): Promise<string[]> {
  const items = await dump(book.table);
  const devices = items.filter(({ kind }) => kind === "device");
  const sum = (of: Item[]): number => of.reduce((total, device) => total + usedOf(device), 0);
  const customers = new Map(items.filter(({ kind }) => kind === "customer").map((item) => [String(item["id"]), item]));
  const isBelow = (id: unknown, top: unknown): boolean =>
    id === top || (typeof id === "string" && isBelow(customers.get(id)?.["parentId"], top));
  const facts = [
    ...items
      .filter(({ kind }) => kind === "account")
      .map((item) => [item, sum(devices.filter(({ accountId }) => accountId === item["id"]))] as const),
    ...[...customers.values()].map(
      (item) => [item, sum(devices.filter(({ customerId }) => isBelow(customerId, item["id"])))] as const,
    ),
  ];
  return facts.flatMap(([item, fact]) =>
    usedOf(item) === fact ? [] : [`${String(item["id"])} counts ${usedOf(item)} of ${fact}`],
  );
}
const beginRecount = (payload: object = {}) =>
  book.invoke("functions/setup/recount-usage.ts", payload) as Promise<{
    customers: number;
    wrong: { what: string; id: string; counter: string; counted: number; fact: number }[];
    repaired: number;
    busy: string[];
  }>;
/** A recount while the consumers go on, `pending` first. */
async function recount(payload: object = {}, pending: readonly TableRecord[] = []) {
  let over = false;
  const counting = beginRecount(payload).finally(() => {
    over = true;
  });
  await settle([plainly], pending);
  while (!over) {
    await settle([plainly]);
    // It looks every fifth of a second whether they have come so far; a look at the stream more often would only add to it.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return counting;
}

describe("what devices use", { timeout: 900_000 }, () => {
  test("is counted once at every level, however the stream is cut, repeated, killed and shared", async () => {
    const devices = await openWorld();
    const usage = fc.record({ device: fc.nat(devices.length - 1), bytes: fc.integer({ min: 0, max: 2 ** 50 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(usage, { minLength: 1, maxLength: 20 }),
        fc.array(steps, { minLength: 1, maxLength: 2 }),
        async (changes, ways) => {
          for (const { device, bytes } of changes) await setUsage(devices[device] as Place, bytes);
          await settle(ways);
          expect(await wrongCounters()).toEqual([]);
        },
      ),
      {
        seed: Number(process.env["ROLL_UP_SEED"] ?? 20_261_122),
        numRuns: Number(process.env["ROLL_UP_HISTORIES"] ?? 2),
        endOnFailure: true,
      },
    );
    expect(await recount()).toMatchObject({ wrong: [], repaired: 0 });
  });

  test("is counted once wherever a consumer is killed between two calls, before and after", async () => {
    const devices = await openWorld();
    let bytes = 1000;
    for (const kind of ["device", "customer"] as const)
      for (const when of ["before", "after"] as const)
        for (let nth = 1, killed = true; killed; nth += killStep) {
          for (const device of devices) await setUsage(device, (bytes += 17));
          let records = await stream.next();
          if (kind === "customer") {
            await consume("device", changesOf("device", records), plainly);
            records = await stream.next();
          }
          killed = (await deliver(kind, changesOf(kind, records), { nth, when })) === null;
          await settle([plainly], changesOf(kind, records));
          expect(await wrongCounters(), `${kind} ${when} ${nth}`).toEqual([]);
          expect(nth).toBeLessThan(30);
        }
    expect(await recount()).toMatchObject({ wrong: [] });
  });
});

describe("a recount", { timeout: 120_000 }, () => {
  test("finds just the counters that were broken, says how, and puts them right on request", async () => {
    const [first, , , , atSite, , , last] = (await openWorld()) as [Place, ...Place[]] & Place[];
    for (const [index, device] of [first, atSite, last].entries()) await setUsage(device as Place, 100 * (index + 1));
    await settle([plainly]);
    expect(await recount()).toMatchObject({ wrong: [], repaired: 0 });

    const { customerId, accountId } = first;
    await setCounter(accountKey(customerId, accountId), "usedBytes", 5);
    await setCounter(accountKey(customerId, accountId), "deviceCount", -1);
    await setCounter(customerKey(resellerId), "usedBytes", -7);
    await setCounter(customerKey(resellerId), "deviceCount", 3);
    await setCounter(customerKey(customerId), "licencesUsed", 2);
    // What was broken in a customer goes up like anything else.
    await settle([plainly]);
    await setCounter(totalsKey(resellerId, customerId), "usedBytes", 11);
    const found = await recount({ customerId: resellerId });
    expect(found.repaired).toBe(0);
    const told = found.wrong.map(({ what, id, counter, counted, fact }) => [what, id, counter, counted - fact]);
    expect(told.toSorted()).toEqual(
      [
        ["account", accountId, "usedBytes", 5],
        ["account", accountId, "deviceCount", -1],
        ["customer", customerId, "licencesUsed", 2],
        ["totals", customerId, "usedBytes", 11],
        // By what it remembers of its children it lacks what it remembers too much of one, and what it was robbed of.
        ["customer", resellerId, "usedBytes", -18],
        ["customer", resellerId, "deviceCount", 3],
      ].toSorted(),
    );

    await recount({ repair: true });
    await settle([plainly]);
    await recount({ repair: true });
    await settle([plainly]);
    expect(await recount()).toMatchObject({ wrong: [], repaired: 0 });
    expect(await wrongCounters()).toEqual([]);
  });

  test("proves the counts that limits of devices rely on from below, and puts right what was broken", async () => {
    const [first, , , , atSite] = (await openWorld()) as [Place, ...Place[]] & Place[];
    const site = String(atSite?.customerId);
    expect((await book.patch(resellerId, { deviceLimit: 1_000 })).status).toBe(200);
    expect(await recount()).toMatchObject({ wrong: [], busy: [] });
    const right = deviceComplaints(await dump(book.table));
    expect(right).toEqual([]);

    await setCounter(customerKey(site), "deviceDrawn", 2);
    await setCounter(customerKey(resellerId), "deviceDrawn", -1);
    await setCounter(accountKey(first.customerId, first.accountId), "devicesHeld", 3);
    const unmarked = { UpdateExpression: "REMOVE devicesCountedAbove" };
    await book.table.documents.send(
      new UpdateCommand({ TableName: book.table.tableName, Key: customerKey(first.customerId), ...unmarked }),
    );
    expect(deviceComplaints(await dump(book.table))).not.toEqual([]);
    const { wrong, repaired } = await recount({ customerId: resellerId });
    expect(repaired).toBe(0);
    const told = wrong.map(({ what, id, counter, counted, fact }) => [what, id, counter, counted - fact]);
    expect(told).toEqual(
      expect.arrayContaining([
        ["account", first.accountId, "devicesHeld", 3],
        ["customer", site, "deviceDrawn", 2],
        ["child", first.customerId, "devicesCountedAbove", -1],
      ]),
    );
    await recount({ repair: true });
    await settle([plainly]);
    // What is marked anew is taken into the sum above by the next.
    await recount({ repair: true });
    await settle([plainly]);
    expect(await recount()).toMatchObject({ wrong: [], repaired: 0, busy: [] });
    expect(deviceComplaints(await dump(book.table))).toEqual([]);
    await book.patch(resellerId, { deviceLimit: null });
    // A request that died while it counted leaves a customer that counts for nothing.
    await book.table.documents.send(
      new UpdateCommand({
        TableName: book.table.tableName,
        Key: customerKey(resellerId),
        UpdateExpression: "SET devicesCounted = :true",
        ExpressionAttributeValues: { ":true": true },
      }),
    );
    expect((await recount({ customerId: resellerId, repair: true })).wrong).toMatchObject([
      { id: resellerId, counter: "devicesCounted" },
    ]);
    expect(await recount()).toMatchObject({ wrong: [], repaired: 0 });
  });

  test("does not touch what is merely on its way", async () => {
    const devices = await openWorld();
    for (const [index, device] of devices.entries()) await setUsage(device, 1_000_000 + index);
    const records = await stream.next();
    expect(await recount({ repair: true }, records)).toMatchObject({ wrong: [], repaired: 0, busy: [] });
    expect(await wrongCounters()).toEqual([]);
    expect(await recount()).toMatchObject({ wrong: [] });
  });

  test("waits for what a child's shard of the stream brings later than its parent's", async () => {
    const devices = await openWorld();
    const child = devices[0]?.customerId;
    for (const device of devices.slice(0, 2)) await setUsage(device, 3_000_000);
    await consume("device", changesOf("device", await stream.next()), plainly);
    const isOfChild = ({ dynamodb }: TableRecord): boolean => dynamodb.NewImage?.["pk"]?.S === child;
    const late: TableRecord[] = [];
    let over = false;
    const counting = beginRecount().finally(() => {
      over = true;
    });
    // The parent's shard runs ahead by many rounds of the consumers.
    for (let round = 0; !over; round += 1) {
      const records = await stream.next();
      late.push(...records.filter(isOfChild));
      const due = records.filter((record) => !isOfChild(record));
      if (round % 16 === 15) due.push(...late.splice(0));
      for (const kind of ["customer", "device"] as const) await consume(kind, changesOf(kind, due), plainly);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await counting).toMatchObject({ wrong: [] });
    await settle([plainly], late);
    expect(await wrongCounters()).toEqual([]);
  });
});

const [reports, customers] = [sized(200, 1000), sized(10, 50)];
test(
  `${reports} reports of ${customers} customers take two transactions for each customer, and few above`,
  { timeout: 120_000 },
  async () => {
    const { id: busyId } = await book.create(book.provider.id, { level: "reseller" });
    const places = await pMap(
      Array.from({ length: customers }),
      async () => {
        const { id: customerId } = await book.create(busyId);
        return { customerId: String(customerId), accountId: await accountOf(customerId) };
      },
      { concurrency: 4 },
    );
    const devices = Array.from({ length: reports }, (_, index): Place => {
      const place = places[index % places.length] as (typeof places)[number];
      return { ...place, id: book.runtime.ids.id("device", Date.now()) };
    });
    for (let start = 0; start < devices.length; start += 25)
      await book.table.documents.send(
        new BatchWriteCommand({
          RequestItems: {
            [book.table.tableName]: devices.slice(start, start + 25).map(({ id, customerId, accountId }) => {
              const machine = { machineId: id, name: id, kind: "laptop", os: "Linux" } as const;
              const device = newDevice(machine, { id, customerId, accountId, plan: null, state: "active" }, Date.now());
              const { item } = insert(deviceKey(customerId, accountId, id), { kind: "device", ...device });
              return { PutRequest: { Item: item } };
            }),
          },
        }),
      );
    await settle([plainly]);

    await pMap(devices, (device, index) => setUsage(device, 1000 + index), { concurrency: 16 });
    costs.length = 0;
    const made: number[] = [];
    for (const kind of ["device", "customer", "customer"] as const) {
      const records = changesOf(kind, await stream.next());
      let transactions = 0;
      for (let start = 0; start < records.length; start += reports / 2)
        transactions += (await deliver(kind, records.slice(start, start + reports / 2)))?.transactions ?? 0;
      made.push(transactions);
    }
    expect(await wrongCounters()).toEqual([]);
    // Two batches: at most one transaction per customer and batch, then one for their parent, then one for its own.
    const [atDevices = 0, atCustomers = 0, atReseller = 0] = made;
    expect(atDevices).toBeLessThanOrEqual(2 * customers);
    expect(atCustomers).toBeLessThanOrEqual(2);
    expect(atReseller).toBeLessThanOrEqual(2);
    expect(costs.reduce((sum, { writeUnits }) => sum + writeUnits, 0)).toBeLessThanOrEqual(reports);
    expect(changesOf("customer", await stream.next())).toHaveLength(1);
  },
);

test("a repair leaves to the stream what waits in it, however long that takes", { timeout: 120_000 }, async () => {
  const devices = await openWorld();
  for (const [index, device] of devices.entries()) await setUsage(device, 2_000_000 + index);
  const records = await stream.next();
  const [{ customerId }] = devices as [Place];
  const found = await beginRecount({ customerId, repair: true });
  expect(found).toMatchObject({ wrong: [], repaired: 0 });
  expect(found.busy).toContain(customerId);
  await settle([plainly], records);
  expect(await wrongCounters()).toEqual([]);
});
