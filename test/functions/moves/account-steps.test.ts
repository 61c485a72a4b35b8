import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Item } from "../../model/invariants.ts";
import { randomFrom } from "../../support/random.ts";
import { sized } from "../../support/size.ts";
import { allPages, dayMs } from "../stages/book.ts";
import type { Enrolled, Fleet } from "../stages/fleet.ts";
import { type Moving, openMoving } from "../stages/moving.ts";
import { wakes, workAt } from "../stages/tasks.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;

/** Devices of the account that is moved to and fro, and of each of its two sub-accounts. */
const deviceCount = sized(10, 900);
const subDeviceCount = sized(3, 50);
const seed = Number(process.env["STEPS_SEED"] ?? Date.now() % 1_000_000);

let fleet: Moving;
/** After how many transactions the worker dies: nothing that it sends then reaches the table. */
let diesAfter = Number.POSITIVE_INFINITY;
let transactions = 0;
let working = false;
/** How long each transaction of a worker takes. */
let slownessMs = 0;
beforeAll(async () => {
  fleet = await openMoving();
  fleet.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (working && transactions >= diesAfter) throw new Error("killed");
      const answer = await next(args);
      if (working && String(context["commandName"]) === "TransactWriteItemsCommand") {
        transactions += 1;
        if (slownessMs > 0) fleet.advance(slownessMs);
      }
      if (working && transactions >= diesAfter) throw new Error("killed");
      return answer;
    },
    { step: "finalizeRequest", priority: "low", name: "killed" },
  );
});
beforeEach(() => void (diesAfter = Number.POSITIVE_INFINITY));
afterAll(() => fleet.close());

interface Stage {
  parent: Body;
  customers: [Body, Body];
  devices: Enrolled[];
}
/** Two customers, and an account of the first with sub-accounts, devices and sets. One sub-account shares the contact, another has its own. */
async function stageOf(devices: number, ofEach: number): Promise<Stage> {
  const customers: [Body, Body] = [await fleet.customer(), await fleet.customer()];
  const parent = await fleet.login({ customerId: customers[0].id });
  const logins = [parent];
  for (const contact of [undefined, { name: "Bo", email: "bo@example.com" }])
    logins.push(await fleet.subAccount(parent.id, { contact }));
  const made: Enrolled[] = [];
  for (const [index, login] of logins.entries())
    made.push(...(await fleet.computers(login, index === 0 ? devices : ofEach, 1)));
  return { parent, customers, devices: made };
}

/**
 * Works at everything that the stream tells of, turn by turn; a worker that dies leaves it to the sweep.
 * @returns how many transactions were made until it died, or the end
 */
async function work(dies: number, second = Number.POSITIVE_INFINITY): Promise<number> {
  const turn = async (doIt: () => Promise<unknown>): Promise<void> => {
    working = true;
    await doIt().catch(() => undefined);
    working = false;
  };
  // On a busy machine a turn may be over before the worker dies.
  const turns = async (): Promise<void> => {
    for (let told = await fleet.next(); wakes(told).length > 0 && transactions < diesAfter; told = await fleet.next())
      await turn(() => workAt(fleet, told));
  };
  [transactions, diesAfter] = [0, dies];
  await turns();
  const made = transactions;
  for (const [index, limit] of [second, Number.POSITIVE_INFINITY].entries()) {
    if (made < dies && index === 0) continue;
    [transactions, diesAfter] = [0, limit];
    fleet.advance(10 * 60_000);
    await turn(() => fleet.invoke("functions/schedule/sweep-tasks.ts", {}));
    await turns();
  }
  return made;
}

/** What stands in a customer's partition and where things point, without what each move changes, for comparison. */
const stateOf = (items: readonly Item[], at: Body, other: Body): string[] =>
  items
    .filter(({ pk }) => pk === at.id || pk.startsWith("ID#") || pk.startsWith("LOGIN#"))
    .filter(({ kind }) => !["log", "task", "open-task", "totals", "roll-up", "timer"].includes(String(kind)))
    .map((item) => {
      const { version: _, updatedAt: __, arrivedAt: ___, ...rest } = item;
      return JSON.stringify(rest, Object.keys(rest).toSorted()).replaceAll(at.id, "HERE").replaceAll(other.id, "THERE");
    })
    .filter((text) => text.includes("HERE") || text.includes("THERE"))
    .toSorted();

const begin = async (id: string, to: Body): Promise<Body> => {
  const task = await fleet.ok("moveAccounts", { body: { ids: [id], customerId: to.id } });
  return task;
};

test(
  "an account that is moved with its worker killed after every step, and again with two kills, ends as in one go",
  { timeout: sized(1, 6) * 3_600_000 },
  async () => {
    const { parent, customers, devices } = await stageOf(deviceCount, subDeviceCount);
    for (const device of devices.slice(0, 3)) {
      expect((await fleet.backup(device)).body.allowed).toBe(true);
      await fleet.usage(device, 100);
    }
    let [here, there] = customers;
    const steps = await (async () => {
      await begin(parent.id, there);
      return work(Number.POSITIVE_INFINITY);
    })();
    // The turn, the move's beginning, a step for each sub-account and for some devices, its end, and the end of the task.
    expect(steps).toBeGreaterThan(6);
    [here, there] = [there, here];
    const uncut = { forth: stateOf(await fleet.settled(), here, there), back: [] as string[] };
    const random = randomFrom(seed);
    const kills: [number, number][] = [
      ...Array.from({ length: steps }, (_, nth): [number, number] => [nth + 1, Number.POSITIVE_INFINITY]),
      ...Array.from({ length: sized(3, 20) }, (): [number, number] => {
        const first = 1 + Math.floor(random() * steps);
        return [first, 1 + Math.floor(random() * Math.max(1, steps - first))];
      }),
    ];
    for (const [index, [first, second]] of kills.entries()) {
      const about = `seed ${seed}, killed after ${first} and ${second} of ${steps}`;
      const task = await begin(parent.id, there);
      expect(await work(first, second), about).toBe(first);
      [here, there] = [there, here];
      const done = await fleet.ok("getTask", { params: { id: task.id } });
      expect([done.status, done.result.rows[0].status], about).toEqual(["succeeded", "succeeded"]);
      const state = stateOf(await fleet.settled(), here, there);
      if (index % 2 === 1) expect(state, about).toEqual(uncut.forth);
      else if (uncut.back.length === 0) uncut.back = state;
      else expect(state, about).toEqual(uncut.back);
    }
    const { version } = await fleet.getDevice(devices.at(-1)?.id ?? "");
    // Each move has moved it once.
    expect(version).toBe(1 + 1 + kills.length);
  },
);

test("an account that takes many turns arrives, however little each of them does", { timeout: 600_000 }, async () => {
  const { parent, customers, devices } = await stageOf(deviceCount, subDeviceCount);
  const task = await begin(parent.id, customers[1]);
  slownessMs = 25_000;
  const steps = await work(Number.POSITIVE_INFINITY).finally(() => (slownessMs = 0));
  // Each turn is over after two of them: more turns than a task may have that does not get on.
  expect(steps).toBeGreaterThan(12);
  expect(await fleet.ok("getTask", { params: { id: task.id } })).toMatchObject({ status: "succeeded" });
  await fleet.settled();
  for (const { id } of devices) expect(await fleet.getDevice(id)).toMatchObject({ customerId: customers[1].id });
});

test(
  "whoever reads while an account is on its way meets each device once, and whoever writes succeeds",
  { timeout: 600_000 },
  async () => {
    const { parent, customers, devices } = await stageOf(sized(16, 200), sized(4, 50));
    const ids = devices.map(({ id }) => id).toSorted();
    const list = async (customerId: string): Promise<string[]> =>
      (await allPages(fleet, "listDevices", { query: { customerId, limit: "7" } })).items
        .map(({ id }) => id)
        .toSorted();
    const accounts = async (customerId: string): Promise<number> =>
      (await allPages(fleet, "listAccounts", { query: { customerId } })).items.length;
    let [here, there] = customers;
    const seen = { reads: 0, writes: 0 };
    for (let round = 0; round < sized(2, 10); round += 1) {
      await begin(parent.id, there);
      const begun = await fleet.next();
      let over = false;
      const reading = (async () => {
        for (let nth = 0; !over; nth += 1) {
          const [old, now] = [await list(here.id), await list(there.id)];
          // Read in this order none is missed, and the new list has all of them or none.
          expect([...new Set([...old, ...now])].toSorted()).toEqual(ids);
          expect([0, ids.length]).toContain(now.length);
          expect(new Set(old).size).toBe(old.length);
          expect([0, 3]).toContain(await accounts(there.id));
          const after = await list(there.id);
          const before = await list(here.id);
          expect(after.length + before.length).toBeLessThanOrEqual(ids.length);
          const device = devices[nth % devices.length];
          if (!device) continue;
          const shown = await fleet.getDevice(device.id);
          const account = await fleet.ok("getAccount", { params: { id: device.accountId } });
          // Once its account is there, a device is nowhere else.
          if (account.customerId === here.id) expect([here.id, there.id]).toContain(shown.customerId);
          const { items } = await fleet.ok("listBackupSets", { query: { deviceId: device.id } });
          expect(items).toHaveLength(1);
          expect((await fleet.ok("explainAdmission", { params: { id: device.id } })).reasons).toEqual([]);
          seen.reads += 1;
        }
      })();
      const writing = (async () => {
        for (let nth = 0; !over; nth += 1) {
          const device = devices[(nth * 7) % devices.length];
          if (!device) continue;
          expect((await fleet.backup(device)).body.allowed).toBe(true);
          await fleet.usage(device, 1_000 + nth);
          await fleet.ok("updateDevice", { params: { id: device.id }, body: { name: `PC ${round} ${nth}` } });
          seen.writes += 1;
        }
      })();
      await workAt(fleet, begun);
      for (let more = await fleet.next(); wakes(more).length > 0; more = await fleet.next()) await workAt(fleet, more);
      over = true;
      await Promise.all([reading, writing]);
      [here, there] = [there, here];
      await fleet.settled();
      expect([await list(here.id), await list(there.id)]).toEqual([ids, []]);
    }
    expect(Math.min(seen.reads, seen.writes)).toBeGreaterThan(0);
  },
);

test(
  "what is on its way arrives also where its task is cancelled, or whoever asked for it is deleted",
  { timeout: 600_000 },
  async () => {
    const { parent, customers, devices } = await stageOf(10, 1);
    const [here, there] = customers;
    const task = await begin(parent.id, there);
    const begun = await fleet.next();
    // Taking the task, and the move's beginning.
    [transactions, diesAfter, working] = [0, 2, true];
    await workAt(fleet, begun).catch(() => undefined);
    [working, diesAfter] = [false, Number.POSITIVE_INFINITY];
    expect(await fleet.item(here.id, "transit")).toMatchObject({ moveId: task.id, toId: there.id });
    for (const refused of [
      await fleet.remove(here),
      await fleet.call("deleteAccount", { params: { id: parent.id }, query: { confirm: parent.username } }),
      await fleet.call("moveCustomer", {
        params: { id: here.id },
        body: { parentId: (await fleet.create(fleet.provider.id, { level: "reseller" })).id },
      }),
    ])
      expect([refused.status, JSON.stringify(refused.body)]).toEqual([409, expect.stringContaining("move_running")]);
    // Lists of both sides, and the sweep of what needs attention, take it as it stands.
    const { items } = await fleet.ok("getAllocations", {
      params: { id: here.id },
      query: { downTo: "device", limit: "100" },
    });
    expect(items.filter(({ kind }: Body) => kind !== "customer")).toEqual([]);
    await fleet.ok("getAllocations", { params: { id: there.id }, query: { downTo: "device" } });
    // A device of a sub-account that has not followed yet comes with that.
    const last = devices.at(-1);
    if (!last) throw new Error("There is one.");
    expect((await fleet.backup(last)).body.allowed).toBe(true);
    expect(await fleet.getDevice(last.id)).toMatchObject({ customerId: there.id });
    fleet.advance(5 * dayMs);
    await fleet.invoke("functions/schedule/sweep-attention.ts", {});
    await fleet.call("cancelTask", { params: { id: task.id } });
    fleet.advance(10 * 60_000);
    await fleet.invoke("functions/schedule/sweep-tasks.ts", {});
    await fleet.next();
    await fleet.settled();
    for (const id of [here.id, there.id]) expect(await fleet.item(id, "transit")).toBeUndefined();
    // Its only row had begun when it was cancelled, so nothing of it was skipped.
    expect(await fleet.ok("getTask", { params: { id: task.id } })).toMatchObject({
      status: "succeeded",
      result: { rows: [{ status: "succeeded" }] },
    });
    expect(await fleet.ok("listDevices", { query: { customerId: there.id, limit: "50" } })).toMatchObject({
      items: devices.map(() => ({ customerId: there.id })),
    });
  },
);
