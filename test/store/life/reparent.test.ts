import { beforeAll, expect, test } from "vitest";
import type { Chain } from "../../../shared/domain/hierarchy/customer.ts";
import type { CustomerStore } from "../../../shared/store/hierarchy/customers.ts";
import { deviceComplaints } from "../../model/device-invariants.ts";
import { complaints, customersIn, dump, lone } from "../../model/invariants.ts";
import { startTestApi, type TestApi } from "../../support/api.ts";

let api: TestApi;
let stores: typeof import("../../../shared/store/hierarchy/customers.ts");
let moves: typeof import("../../../shared/store/life/reparent.ts");
let stage: typeof import("../stages/stage.ts");
let database: typeof import("../../../shared/store/table/database.ts");
let meters: typeof import("../../../shared/store/table/units.ts");
beforeAll(async () => {
  api = await startTestApi();
  [stores, moves, stage, database, meters] = await Promise.all([
    import("../../../shared/store/hierarchy/customers.ts"),
    import("../../../shared/store/life/reparent.ts"),
    import("../stages/stage.ts"),
    import("../../../shared/store/table/database.ts"),
    import("../../../shared/store/table/units.ts"),
  ]);
});

interface Named {
  id: string;
  name: string;
}
let serial = 0;
const create = async (parent: Named | null, level: string | undefined, more: object = {}): Promise<Named> => {
  const body = {
    parentId: parent?.id,
    level,
    name: `node ${(serial += 1)}`,
    email: "a@example.com",
    country: "DE",
    ...more,
  };
  return api.ok("createCustomer", { body });
};
const keyOf = async (customer: Named): Promise<string> =>
  (await api.ok("createApiKey", { body: { customerId: customer.id, role: "admin", name: "key" } })).token;
const allot = (customer: Named, limitBytes: number | null) =>
  api.call("updateCustomer", { params: { id: customer.id }, body: { space: { limitBytes } } });
const read = (customer: Named, token = api.token) =>
  api.call("getCustomer", { params: { id: customer.id } }, { token });
const namesOf = (items: readonly Named[]): string[] => items.map(({ name }) => name);

/** A move worked out from what is read now, ready to be committed. */
async function planned(customer: Named, to: Named): Promise<() => Promise<void>> {
  const db = database.openDatabase(api.runtime.client, api.table.tableName, meters.createMeter());
  const context = stage.contextOf(db, api.provider.id);
  const store: CustomerStore = stores.customerStore(context);
  const [[record, parent, ...above], target] = await Promise.all([store.loadLive(customer.id), store.loadLive(to.id)]);
  if (!parent) throw new Error("The provider cannot be moved.");
  const from: Chain = [parent, ...above];
  const counted = await moves.countedBefore(context, record, target);
  return () => db.commit(moves.reparent(counted, moves.under(counted, target, Date.now()), from, target));
}

/** Moves a customer in one transaction, again from fresh reads where somebody came in between, as an operation does. */
async function move(customer: Named, to: Named, attempts = 400): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const commit = await planned(customer, to);
    try {
      await commit();
      return;
    } catch (error) {
      const again = error instanceof Error && ["Stale", "Contended"].includes(error.name) && attempt < attempts;
      if (!again) throw error;
    }
  }
}

const sound = async (): Promise<void> =>
  expect(complaints(await dump(api.table), { whole: true, moves: true, services: false })).toEqual([]);

test("a moved branch is right at once: chains, scopes, links, references and counters; hints heal as they are read", async () => {
  const [west, east] = [
    await create(null, "distributor", { space: { limitBytes: 1000 } }),
    await create(null, "distributor"),
  ];
  const middle = await create(west, "sub-distributor");
  const reseller = await create(middle, "reseller", { space: { limitBytes: 300 }, externalRef: "R" });
  const customer = await create(reseller, undefined, { space: { limitBytes: 100 } });
  const site = await create(customer, undefined);
  const [westKey, middleKey, eastKey, ownKey] = await Promise.all([west, middle, east, reseller].map(keyOf));
  const branch = [reseller, customer, site];

  await move(reseller, east);
  for (const node of branch) {
    expect((await read(node, westKey)).status).toBe(404);
    expect((await read(node, middleKey)).status).toBe(404);
    const seen = await read(node, eastKey);
    expect(namesOf(seen.body.path)).toEqual(namesOf([east, ...branch.slice(0, branch.indexOf(node) + 1)]));
    expect((await read(node, ownKey)).status).toBe(200);
  }
  const ancestors = new Map(customersIn(await dump(api.table)).map((record) => [record.id, record.ancestors]));
  expect(ancestors.get(site.id)).toEqual([customer.id, reseller.id, east.id, api.provider.id]);
  expect(ancestors.get(customer.id)).toEqual([reseller.id, east.id, api.provider.id]);
  const guards = await lone(api.table, [`REF#${middle.id}#R`, `REF#${east.id}#R`]);
  expect(guards.map(({ pk }) => pk)).toEqual([`REF#${east.id}#R`]);
  const listed = async (parent: Named) => (await api.ok("listCustomers", { query: { parentId: parent.id } })).items;
  expect(await listed(middle)).toEqual([]);
  expect(namesOf(await listed(east))).toEqual([reseller.name]);
  expect((await read(west)).body.space.allottedToChildrenBytes).toBe(0);
  expect((await read(east)).body.space.allottedToChildrenBytes).toBe(300);
  expect((await read(reseller)).body.version).toBe(2);
  await sound();
});

test("a move that the new side has no room for, or whose reference is taken there, is refused and changes nothing", async () => {
  const tight = await create(null, "distributor", { space: { limitBytes: 10 } });
  const roomy = await create(null, "distributor");
  const reseller = await create(roomy, "reseller", { space: { limitBytes: 11 }, externalRef: "X" });
  await expect(move(reseller, tight)).rejects.toMatchObject({ code: "allotment_exceeded" });
  await create(tight, "reseller", { externalRef: "X" });
  await allot(reseller, 10);
  await expect(move(reseller, tight)).rejects.toMatchObject({ code: "external_ref_taken" });
  expect((await read(reseller)).body.path[1].id).toBe(roomy.id);
  await sound();
});

test("devices are counted on the new side and no longer on the old one, as far as there is room", async () => {
  const [west, east, full] = [
    await create(null, "distributor", { deviceLimit: 9 }),
    await create(null, "distributor"),
    await create(null, "distributor", { deviceLimit: 1 }),
  ];
  const reseller = await create(west, "reseller");
  const customer = await create(reseller, undefined);
  const account = await api.ok("createAccount", {
    body: {
      customerId: customer.id,
      plan: "select",
      username: "moved",
      password: "nobody guesses this one",
      contact: { name: "Ann", email: "ann@example.com" },
    },
  });
  const add = () => {
    const machine = { machineId: `m-${(serial += 1)}`, name: "PC", kind: "laptop", os: "Linux" };
    return api.call("createDevice", { body: { accountId: account.id, ...machine } });
  };
  const drawn = async (...nodes: Named[]) => {
    const items = await dump(api.table);
    expect(deviceComplaints(items)).toEqual([]);
    return nodes.map(({ id }) => items.find(({ pk, sk }) => pk === id && sk === "@")?.["deviceDrawn"]);
  };
  await add();
  await add();
  expect(await drawn(west, east, full)).toEqual([2, 0, 0]);
  await expect(move(reseller, full)).rejects.toMatchObject({ code: "device_limit" });
  // Where nothing counts, nothing is counted; what was added there is counted when the branch comes back.
  await move(reseller, east);
  await add();
  expect(await drawn(west, east)).toEqual([0, 0]);
  await move(reseller, west);
  expect(await drawn(west, east)).toEqual([3, 0]);
  await add();
  await api.ok("updateCustomer", { params: { id: full.id }, body: { deviceLimit: 4 } });
  await move(reseller, full);
  expect(await drawn(west, full)).toEqual([0, 4]);
  expect(await add()).toMatchObject({ status: 409, body: { code: "device_limit" } });

  // A device that is being added while its branch moves from one limit to another counts where the branch is by then.
  await api.ok("updateCustomer", { params: { id: full.id }, body: { deviceLimit: 9 } });
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: free, resolve: release } = Promise.withResolvers<void>();
  api.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context["commandName"] !== "TransactWriteItemsCommand") return next(args);
      api.runtime.client.middlewareStack.remove("hold");
      arrive();
      await free;
      return next(args);
    },
    { step: "initialize", name: "hold" },
  );
  const adding = add();
  await arrived;
  await move(reseller, west);
  release();
  expect((await adding).status).toBe(201);
  expect(await drawn(west, full)).toEqual([5, 0]);
});

test("the branch is never seen from both sides or from none, while it moves to and fro with readers at work", async () => {
  const [left, right] = [await create(null, "distributor"), await create(null, "distributor")];
  const reseller = await create(left, "reseller");
  const customer = await create(reseller, undefined);
  const site = await create(customer, undefined);
  const [leftKey, rightKey] = [await keyOf(left), await keyOf(right)];
  // One move is told by its version: what was read between two reads of the same version stood still.
  let moving = true;
  const answers = new Set<string>();
  const versionOf = async () => Number((await lone(api.table, [reseller.id]))[0]?.["version"]);
  const reader = async (): Promise<void> => {
    while (moving) {
      const before = await versionOf();
      const seen = [await read(site, leftKey), await read(site, rightKey)].map(({ status }) => status);
      const after = await versionOf();
      for (const status of seen) expect([200, 404]).toContain(status);
      if (before === after) answers.add(seen.join());
    }
  };
  const readers = [reader(), reader()];
  for (let turn = 0; turn < 12; turn += 1) {
    const [to, toKey, fromKey] = turn % 2 === 0 ? [right, rightKey, leftKey] : [left, leftKey, rightKey];
    await move(reseller, to);
    // A read that begins after the commit sees the new chain.
    const [now, then] = await Promise.all([read(site, toKey), read(site, fromKey)]);
    expect([now.status, then.status]).toEqual([200, 404]);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  moving = false;
  await Promise.all(readers);
  for (const seen of answers) expect(["200,404", "404,200"]).toContain(seen);
  expect(answers.size).toBeGreaterThan(0);
  await sound();
});

test("counters of both sides stay exact with allotments below a branch that moves", async () => {
  const [one, two] = [
    await create(null, "distributor", { space: { limitBytes: 5000 } }),
    await create(null, "distributor"),
  ];
  const [a, b] = [
    await create(one, "sub-distributor"),
    await create(two, "sub-distributor", { space: { limitBytes: 9000 } }),
  ];
  const reseller = await create(a, "reseller");
  const customers = await Promise.all([1, 2, 3, 4].map(() => create(reseller, undefined)));
  let moving = true;
  const statuses = new Map<number, number>();
  const writer = async (customer: Named, step: number): Promise<void> => {
    for (let size = step; moving; size = (size + 7) % 500) {
      const { status } = await allot(customer, size % 5 === 0 ? null : size);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // A move depends on what is committed below it at that very moment: without a breath between changes it would never get its turn.
      await new Promise((resolve) => setTimeout(resolve, 12));
    }
  };
  const writers = customers.map((customer, index) => writer(customer, index * 11 + 1));
  for (const to of [b, a, two, one, b, a, two, b]) await move(reseller, to);
  moving = false;
  await Promise.all(writers);
  expect(statuses.get(200) ?? 0).toBeGreaterThan(4);
  for (const status of statuses.keys()) expect([200, 409, 503]).toContain(status);
  const sum = customersIn(await dump(api.table))
    .filter(({ parentId }) => parentId === reseller.id)
    .reduce((total, { spaceLimit }) => total + (spaceLimit ?? 0), 0);
  expect((await read(reseller)).body.space.allottedToChildrenBytes).toBe(sum);
  await sound();
});

test("of moves of one customer at once from the same state exactly one wins", async () => {
  const home = await create(null, "distributor");
  const reseller = await create(home, "reseller", { externalRef: "W", space: { limitBytes: 5 } });
  const places = await Promise.all([1, 2, 3, 4, 5].map(() => create(null, "distributor")));
  const moves = await Promise.all(places.map((to) => planned(reseller, to)));
  const outcomes = await Promise.allSettled(moves.map((commit) => commit()));
  const won = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? [places[index]?.id] : []));
  expect(won).toHaveLength(1);
  for (const outcome of outcomes)
    if (outcome.status === "rejected") expect(["Stale", "Contended"]).toContain(outcome.reason.name);
  expect((await read(reseller)).body.parentId).toBe(won[0]);
  await sound();
});

test("a walk or list under way does not show what has moved out of the branch, and goes on behind it", async () => {
  const [top, elsewhere] = [await create(null, "distributor"), await create(null, "distributor")];
  const resellers = [];
  for (let index = 0; index < 3; index += 1) {
    const reseller = await create(top, "reseller", { name: `walk ${index}` });
    await create(reseller, undefined, { name: `walk ${index} a` });
    await create(reseller, undefined, { name: `walk ${index} b` });
    resellers.push(reseller);
  }
  const token = await keyOf(top);
  const page = async (query: Record<string, string>) => api.ok("listCustomers", { query }, { token });
  for (const limit of [2, 3, 4, 5]) {
    const moved = resellers[0];
    if (!moved) throw new Error("no reseller");
    const first = await page({ limit: String(limit) });
    const children = await page({ parentId: top.id, limit: "1" });
    await move(moved, elsewhere);
    const rest: Named[] = [];
    for (let cursor = first.nextCursor; cursor !== null;) {
      const next = await page({ limit: String(limit), cursor });
      rest.push(...next.items);
      cursor = next.nextCursor;
    }
    expect(namesOf(rest).filter((name) => name.includes("walk 0"))).toEqual([]);
    // Everything that stayed is shown once, before or after.
    const shown = namesOf([...first.items, ...rest]).filter((name) => /walk [12]/.test(name));
    expect(shown).toHaveLength(8);
    expect(new Set(shown).size).toBe(8);
    const second = await page({ parentId: top.id, limit: "1", cursor: children.nextCursor });
    expect(namesOf(second.items)).toEqual(["walk 1"]);
    const stale = await page({ parentId: top.id });
    expect(namesOf(stale.items)).toEqual(["walk 1", "walk 2"]);
    await move(moved, top);
  }
});
