import { beforeAll, describe, expect, test } from "vitest";
import { openTableStream } from "../../fleet/table-stream.ts";
import { complaints, dump } from "../../model/invariants.ts";
import { costsOf } from "../../support/api.ts";
import { sized } from "../../support/size.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { settleStream } from "../stages/settle.ts";

type Options = Parameters<Fleet["call"]>[2];
type Body = Awaited<ReturnType<Fleet["get"]>>;

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
  return () => stream.close();
});

const move = (id: string, parentId: string, query: Record<string, string> = {}, options?: Options) =>
  fleet.call("moveCustomer", { params: { id }, body: { parentId }, query }, options);
const distributor = (more: object = {}) => fleet.create(fleet.provider.id, { level: "distributor", ...more });
const reseller = (parent: { id: string }, more: object = {}) => fleet.create(parent.id, { level: "reseller", ...more });
/** The codes and places of everything that stands against a move. */
const findings = async (id: string, parentId: string): Promise<[code: string, path: string][]> => {
  const [dry, real] = [await move(id, parentId, { dryRun: "true" }), await move(id, parentId)];
  expectRefusal(real, 409, "move_refused");
  expect(dry.body.errors).toEqual(real.body.errors);
  return real.body.errors.map(({ code, path }: { code: string; path: string }) => [code, path]);
};
const use = async (device: { token: string }, usedBytes: number): Promise<void> => {
  fleet.advance(1_000);
  await fleet.ok("reportUsage", { body: { usedBytes, measuredAt: fleet.at() } }, { token: device.token });
};
const used = async (...nodes: { id: string }[]) =>
  Promise.all(nodes.map(async ({ id }) => (await fleet.get(id)).space.usedBytes as number));
const sound = async (): Promise<void> =>
  expect(complaints(await dump(fleet.table), { whole: true, moves: true, services: false })).toEqual([]);

describe("a customer that is moved", () => {
  test("stands under its new parent at once with all below it; its old levels see nothing of it any more", async () => {
    const [west, east] = [await distributor(), await distributor()];
    const moved = await reseller(west, { externalRef: "R" });
    const customer = await fleet.create(moved.id, { autoAuthorize: true });
    const device = await fleet.device(customer.id);
    const [westKey, eastKey, ownKey] = await Promise.all(
      [west, east, moved].map(async ({ id }) => ({ token: (await fleet.key(id, "admin")).token as string })),
    );
    const { body, status } = await move(moved.id, east.id);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      customer: { id: moved.id, parentId: east.id, version: 2 },
      from: { id: west.id },
      to: { id: east.id },
      losesSight: [{ id: west.id, level: "distributor", name: west.name }],
      gainsSight: [{ id: east.id }],
      settings: [],
      storageServer: null,
      replication: null,
    });
    for (const id of [moved.id, customer.id]) {
      expectRefusal(await fleet.call("getCustomer", { params: { id } }, westKey), 404, "not_found");
      for (const key of [eastKey, ownKey])
        expect((await fleet.call("getCustomer", { params: { id } }, key)).status).toBe(200);
    }
    expectRefusal(await fleet.call("getDevice", { params: { id: device.id } }, westKey), 404, "not_found");
    expect((await fleet.backup(device)).body.allowed).toBe(true);
    expect((await fleet.ok("listCustomers", { query: { parentId: west.id } })).items).toEqual([]);
    const found = await fleet.ok("listCustomers", { query: { parentId: east.id, externalRef: "R" } });
    expect(found.items.map(({ id }: Body) => id)).toEqual([moved.id]);
    // Neither side's log names the other.
    const entries = async (id: string) =>
      (await fleet.ok("listLog", { params: { id }, query: { only: "node" } })).items;
    expect((await entries(west.id))[0]).toMatchObject({
      type: "CustomerLeft",
      changes: [{ path: "customer", before: { id: moved.id, name: moved.name }, after: null }],
    });
    expect((await entries(moved.id))[0]).toMatchObject({
      type: "CustomerArrived",
      changes: [{ path: "parentId", before: null, after: east.id }],
    });
    await sound();
  });

  test("stays where it is when it is moved there, and nothing is written", async () => {
    const customer = await fleet.customer();
    const reply = await move(customer.id, fleet.resellerId);
    expect([reply.status, costsOf(reply).writeUnits]).toEqual([200, 0]);
    expect(reply.body).toMatchObject({
      customer: { version: 1 },
      losesSight: [],
      gainsSight: [],
      settings: [],
      room: [],
    });
  });

  test("takes what its devices use along, also what has not been added up yet, to and fro", async () => {
    const [west, east] = [await distributor(), await distributor()];
    const moved = await reseller(west);
    const customer = await fleet.create(moved.id, { autoAuthorize: true });
    const device = await fleet.device(customer.id);
    await use(device, 100);
    await settleStream(fleet, stream);
    expect(await used(moved, west, east)).toEqual([100, 100, 0]);
    // Both sides are right in the moment of the move.
    await move(moved.id, east.id);
    expect(await used(moved, west, east)).toEqual([100, 0, 100]);
    await settleStream(fleet, stream);
    expect(await used(moved, west, east, fleet.provider)).toEqual([100, 0, 100, expect.any(Number)]);

    await use(device, 250);
    await move(moved.id, west.id);
    await settleStream(fleet, stream);
    expect(await used(moved, west, east)).toEqual([250, 250, 0]);
    await move(moved.id, east.id);
    await use(device, 50);
    await move(moved.id, west.id);
    await move(moved.id, east.id);
    await settleStream(fleet, stream);
    expect(await used(customer, moved, west, east)).toEqual([50, 50, 0, 50]);
    expect((await fleet.get(east.id)).licences.used).toBe(0);
    await fleet.backup(device);
    await settleStream(fleet, stream);
    expect((await fleet.get(east.id)).licences.used).toBe(1);
    await move(moved.id, west.id);
    await settleStream(fleet, stream);
    expect([(await fleet.get(east.id)).licences.used, (await fleet.get(west.id)).licences.used]).toEqual([0, 1]);
    await sound();
  });

  test("brings the devices that need attention to the new side, and takes them from the old one", async () => {
    const [west, east] = [await distributor(), await distributor()];
    const moved = await reseller(west);
    const device = await fleet.device((await fleet.create(moved.id, { autoAuthorize: true })).id);
    const { id: backupSetId } = await fleet.ownSet(device);
    const [startedAt, endedAt] = [fleet.at(-60_000), fleet.at(-1_000)];
    const failed = { jobId: "j", backupSetId, type: "backup", status: "failed", startedAt, endedAt };
    const errors = ["The disk is full."];
    await fleet.ok("reportJob", { body: { ...failed, bytes: 0, files: 0, errors } }, { token: device.token });
    await settleStream(fleet, stream);
    const watched = async ({ id }: { id: string }): Promise<string[]> =>
      (await fleet.ok("getWatchlist", { params: { id } })).items.map((item: Body) => item.device.id);
    expect(await watched(west)).toEqual([device.id]);
    await move(moved.id, east.id);
    await settleStream(fleet, stream);
    expect([await watched(west), await watched(east)]).toEqual([[], [device.id]]);
  });

  test("tells beforehand what changes: settings, room on both sides, and who sees it", async () => {
    const west = await distributor({ space: { limitBytes: 1_000 }, deviceLimit: 10 });
    const east = await distributor({ space: { limitBytes: 500 }, licences: { limit: 5 }, timezone: "Asia/Tokyo" });
    const moved = await reseller(west, { space: { limitBytes: 300 }, licences: { limit: 2 } });
    await fleet.ok("updateSettings", { params: { id: east.id }, body: { watchlist: { noBackupDays: 9 } } });
    const customer = await fleet.create(moved.id, { autoAuthorize: true });
    await fleet.ownSet(await fleet.device(customer.id));
    const nightly = { kind: "consolidated", frequency: "daily", hour: 6, recipients: [{ email: "ann@example.com" }] };
    const subscribe = async ({ id }: Body, more: object = {}): Promise<string> =>
      (await fleet.ok("createReportSubscription", { body: { customerId: id, ...nightly, ...more } })).id;
    const [ends, begins] = [await subscribe(west), await subscribe(east)];
    const others = [await subscribe(fleet.provider), await subscribe(moved), await subscribe(west, { active: false })];
    const preview = (await move(moved.id, east.id, { dryRun: "true" })).body;
    expect(preview.preview).toEqual({
      // The reseller, its Default Customer, and the one with a device.
      nodes: { customers: 3, accounts: 1, devices: 1, backupSets: 1 },
      complete: true,
      reports: {
        goAlong: 1,
        endAt: [{ id: ends, customerId: west.id, kind: "consolidated" }],
        beginAt: [{ id: begins, customerId: east.id, kind: "consolidated" }],
      },
    });
    expect((await fleet.get(moved.id)).parentId).toBe(west.id);
    expect(preview.settings).toEqual([
      {
        path: "watchlist.noBackupDays",
        before: { value: 2, level: "default" },
        after: { value: 9, level: "distributor" },
      },
      {
        path: "timezone",
        before: { value: "UTC", level: "default" },
        after: { value: "Asia/Tokyo", level: "distributor" },
      },
    ]);
    expect(preview.room).toEqual([
      {
        id: west.id,
        level: "distributor",
        name: west.name,
        space: { before: 700, after: 1_000 },
        licences: { before: null, after: null },
        devices: { before: 9, after: 10 },
      },
      {
        id: east.id,
        level: "distributor",
        name: east.name,
        space: { before: 500, after: 200 },
        licences: { before: 5, after: 3 },
        devices: { before: null, after: null },
      },
    ]);
    const { body: real } = await move(moved.id, east.id);
    expect({ ...real, customer: null }).toEqual({ ...preview, customer: null, preview: null });
    expect([(await fleet.get(west.id)).space.freeBytes, (await fleet.get(east.id)).space.freeBytes]).toEqual([
      1_000, 200,
    ]);
    for (const id of [ends, begins, ...others]) await fleet.ok("deleteReportSubscription", { params: { id } });
    await sound();
  });
});

test("the answer tells what is left of the licences that the customer draws on there", async () => {
  const east = await distributor({ licences: { limit: 1_000 } });
  const moved = await reseller(await distributor());
  await fleet.create(moved.id, { licences: { limit: 600 } });
  const { body } = await move(moved.id, east.id);
  expect(body.customer.licences.available).toBe(400);
  expect(body.customer).toEqual(await fleet.get(moved.id));
});

test("devices that nobody has counted yet are counted for a side with a limit; a dry run only says what fits", async () => {
  const [west, east] = [await distributor(), await distributor({ deviceLimit: 2 })];
  const moved = await reseller(west);
  const customer = await fleet.create(moved.id, { autoAuthorize: true });
  for (let nth = 0; nth < 2; nth += 1) await fleet.device(customer.id);
  await settleStream(fleet, stream);
  const dry = await move(moved.id, east.id, { dryRun: "true" });
  expect([dry.status, costsOf(dry).writeUnits]).toEqual([200, 0]);
  expect(dry.body.room).toMatchObject([{ id: east.id, devices: { before: 2, after: 0 } }]);
  expect((await move(moved.id, east.id)).body.room).toEqual(dry.body.room);
  const { token: enrolmentKey } = await fleet.enrolmentKey(customer.id);
  expectRefusal(await fleet.enrol({ enrolmentKey }), 409, "device_limit");
  expect((await move(moved.id, west.id)).status).toBe(200);
  expect((await fleet.enrol({ enrolmentKey })).status).toBe(201);
  await settleStream(fleet, stream);
  expect(await findings(moved.id, east.id)).toEqual([["device_limit", "deviceLimit"]]);
  await sound();
});

describe("a move is refused", () => {
  test("with everything that stands against it, the same in a dry run, and changes nothing", async () => {
    const west = await distributor();
    const east = await distributor({
      active: false,
      servicesToProvide: ["all-inclusive"],
      space: { limitBytes: 10 },
      licences: { limit: 1 },
      deviceLimit: 0,
    });
    const moved = await reseller(west, { externalRef: "X", space: { limitBytes: 11 }, licences: { limit: 2 } });
    const device = await fleet.device((await fleet.create(moved.id, { autoAuthorize: true })).id);
    await use(device, 11);
    await settleStream(fleet, stream);
    await reseller(east, { externalRef: "X" });
    expect(await findings(moved.id, east.id)).toEqual([
      ["target_inactive", "parentId"],
      ["service_type_not_allowed", "parentId"],
      ["allotment_exceeded", "space"],
      ["space_exceeded", "space"],
      ["allotment_exceeded", "licences"],
      ["device_limit", "deviceLimit"],
      ["external_ref_taken", "externalRef"],
    ]);
    expect(await fleet.get(moved.id)).toMatchObject({ parentId: west.id, version: 1 });
    await sound();
  });

  test("where its level does not fit, below itself, of a Default Customer, of the provider, and to what is deleted", async () => {
    const top = await distributor();
    const moved = await reseller(top);
    const customer = await fleet.create(moved.id);
    const site = await fleet.create(customer.id);
    expect(await findings(moved.id, customer.id)).toEqual([["move_below_itself", "parentId"]]);
    expect(await findings(moved.id, moved.id)).toEqual([["move_below_itself", "parentId"]]);
    expect(await findings(customer.id, top.id)).toEqual([["level_not_allowed", "parentId"]]);
    expect(await findings(site.id, fleet.resellerId)).toEqual([["level_not_allowed", "parentId"]]);
    expect(await findings(fleet.provider.id, top.id)).toEqual([["level_not_allowed", ""]]);
    const { items } = await fleet.ok("listCustomers", { query: { parentId: moved.id } });
    const own = items.find(({ isDefault }: Body) => isDefault);
    expect(await findings(own.id, fleet.resellerId)).toEqual([["default_customer", ""]]);
    const gone = await distributor();
    await fleet.remove(gone);
    expect(await findings(moved.id, gone.id)).toEqual([["customer_deleted", "parentId"]]);
    await fleet.remove(customer);
    expectRefusal(await move(customer.id, fleet.resellerId), 409, "customer_deleted");
  });

  test("to where the caller does not see, of what it does not see, and of its own customer", async () => {
    const [one, other] = [await reseller(fleet.provider), await reseller(fleet.provider)];
    const [customer, target] = [await fleet.create(one.id), await fleet.create(other.id)];
    const site = await fleet.create(customer.id);
    const { token } = await fleet.key(one.id, "admin");
    for (const [id, parentId] of [
      [site.id, target.id],
      [target.id, one.id],
      [customer.id, other.id],
      [customer.id, fleet.provider.id],
      ["cus_00000000000000000000000000", one.id],
      [customer.id, "cus_00000000000000000000000000"],
    ] as const)
      expectRefusal(await move(id, parentId, {}, { token }), 404, "not_found");
    expectRefusal(await move(one.id, customer.id, {}, { token }), 403, "forbidden");
    const { token: operator } = await fleet.key(one.id, "operator");
    expectRefusal(await move(site.id, customer.id, {}, { token: operator }), 403, "forbidden");
    expectRefusal(await fleet.call("moveCustomer", { params: { id: site.id }, body: {} }), 400, "invalid_request");
    const stale = { headers: { "if-match": '"7"' } };
    expectRefusal(await move(customer.id, other.id, {}, stale), 412, "precondition_failed");
  });

  test("of a site to an end-customer of the other service type", async () => {
    const [cloud, own] = [await fleet.customer(), await fleet.customer({ serviceType: "software-only" })];
    const site = await fleet.create(cloud.id);
    expect(await findings(site.id, own.id)).toEqual([["service_type_not_allowed", "parentId"]]);
    expect((await move(site.id, (await fleet.customer()).id)).status).toBe(200);
    // A site has the type that its end-customer has now, not the one with which it was created.
    const changed = await fleet.customer();
    const follows = await fleet.create(changed.id);
    expect((await fleet.patch(changed.id, { serviceType: "software-only" })).status).toBe(200);
    expect(await findings(follows.id, cloud.id)).toEqual([["service_type_not_allowed", "parentId"]]);
    expect((await move(follows.id, own.id)).status).toBe(200);
  });
});

test("moves of one customer to several places at once, and of what it stands under, leave a sound tree", async () => {
  const [one, other, third] = [await distributor(), await distributor(), await distributor()];
  const sub = await fleet.create(one.id, { level: "sub-distributor" });
  const moved = await reseller(sub);
  const replies = await Promise.all([move(moved.id, other.id), move(moved.id, third.id), move(sub.id, third.id)]);
  for (const { status } of replies) expect([200, 409, 503]).toContain(status);
  await settleStream(fleet, stream);
  await sound();
});

test("a move comes through while limits below it change without pause", { timeout: 120_000 }, async () => {
  const [one, other] = [await distributor(), await distributor({ space: { limitBytes: 10_000 } })];
  const moved = await reseller(one);
  const customers = await Promise.all(
    Array.from({ length: 8 }, () => fleet.create(moved.id, { space: { limitBytes: 10 } })),
  );
  let over = false;
  const refused: unknown[] = [];
  const changing = customers.map(async ({ id }) => {
    for (let turn = 1; !over; turn += 1) {
      const reply = await fleet.patch(id, { space: { limitBytes: 10 + (turn % 50) } });
      if (reply.status !== 200) refused.push(reply.body);
    }
  });
  const statuses: number[] = [];
  for (let turn = 0; turn < sized(4, 30); turn += 1)
    statuses.push((await move(moved.id, turn % 2 === 0 ? other.id : one.id)).status);
  over = true;
  await Promise.all(changing);
  expect(statuses.every((status) => status === 200)).toBe(true);
  expect(refused).toEqual([]);
  await settleStream(fleet, stream);
  await sound();
});

test("costs the same whatever stands below: 3 round trips, and so many write units", async () => {
  const [west, east] = [await distributor(), await distributor()];
  const costs: [trips: number, units: number][] = [];
  for (const size of [0, 12]) {
    const moved = await reseller(west);
    for (let nth = 0; nth < size; nth += 1) await fleet.create(moved.id);
    const reply = await move(moved.id, east.id);
    expect(reply.status).toBe(200);
    const { roundTrips, writeUnits } = costsOf(reply);
    costs.push([roundTrips, writeUnits]);
  }
  expect(costs[1]).toEqual(costs[0]);
  expect(costs[0]?.[0]).toBeLessThanOrEqual(3);
  // A reseller has a link more for each service type that it provides.
  const oneType = await reseller(west, { servicesToProvide: ["all-inclusive"] });
  const [from, to] = [await reseller(west), await reseller(west)];
  const customer = await fleet.create(from.id);
  const units = [costs[0]?.[1]];
  for (const [{ id }, parent] of [
    [oneType, east],
    [customer, to],
  ] as const)
    units.push(costsOf(await move(id, parent.id)).writeUnits);
  // A customer remembers its last move: with that its record here is longer than a kilobyte, which costs two units more.
  expect(units).toEqual([28, 24, 22]);
});

describe("right after a move", () => {
  /** Round trips of a call once it is known, after a move, and then again. */
  const tripsOf = async (call: () => ReturnType<Fleet["call"]>, moving: () => Promise<unknown>): Promise<number[]> => {
    const trips = async (): Promise<number> => {
      const reply = await call();
      expect(reply.status).toBe(200);
      return costsOf(reply).roundTrips;
    };
    await trips();
    const before = await trips();
    await moving();
    return [before, await trips(), await trips()];
  };
  const between = async () => {
    const [west, east] = [await distributor(), await distributor()];
    const moved = await reseller(west);
    return { customer: await fleet.create(moved.id, { autoAuthorize: true }), moving: () => move(moved.id, east.id) };
  };

  // For the level that the hint does not name. The hint is mended beside that, and the next finds it mended.
  test("a device below is admitted with one round trip more, once", async () => {
    const { customer, moving } = await between();
    const device = await fleet.device(customer.id);
    expect(await tripsOf(() => fleet.backup(device), moving)).toEqual([2, 3, 2]);
  });

  test("so does a key of a customer below read its own", async () => {
    const { customer, moving } = await between();
    const { token } = await fleet.key(customer.id);
    const read = () => fleet.call("getCustomer", { params: { id: customer.id } }, { token });
    expect(await tripsOf(read, moving)).toEqual([2, 3, 2]);
  });
});

test("a customer that is moved goes on storing on the server that a level which it leaves has chosen, and so do those below it", async () => {
  const [one, other] = [await reseller(fleet.provider), await reseller(fleet.provider)];
  const body = { customerId: one.id, name: "Server", url: "https://198.51.101.7/" };
  const { server } = await fleet.ok("createStorageServer", { body });
  await fleet.ok("chooseStorageServer", { params: { id: one.id }, body: { storageServerId: server.id } });
  const moved = await fleet.create(one.id, { serviceType: "software-only", autoAuthorize: true });
  const site = await fleet.create(moved.id, { autoAuthorize: true });
  const device = await fleet.device(site.id);
  const before = (await fleet.backup(device)).body.grant;
  const second = (await fleet.ok("createStorageServer", { body: { ...body, name: "Second" } })).server;
  const copies = { enabled: true, storageServerId: second.id };
  await fleet.ok("putReplication", { params: { id: one.id }, body: copies });
  const done = (await move(moved.id, other.id)).body;
  expect(done.storageServer).toEqual({ id: server.id, kept: true });
  expect(done.replication).toEqual({
    before: { state: "on", storageServerId: second.id },
    after: { state: "off", storageServerId: null },
  });
  expect((await fleet.backup(device)).body.grant).toMatchObject({
    storageServerId: server.id,
    prefix: before.prefix,
  });
  const own = await fleet.ok("getOwnStorageServer", {}, { token: device.token });
  expect(own.server).toMatchObject({ id: server.id, url: "https://198.51.101.7/" });
  expect((await fleet.ok("getStorageServer", { params: { id: server.id } })).chosenBy).toBe(2);
  const remove = { params: { id: server.id }, query: { confirm: "Server" } };
  expectRefusal(await fleet.call("deleteStorageServer", remove), 409, "server_in_use");
  // Its former seller may be removed for good; it is not kept from being so itself.
  await fleet.remove(one);
  fleet.advance(31 * 86_400_000);
  await fleet.invoke("functions/schedule/sweep-purges.ts", {});
  expect((await fleet.ok("getOwnStorageServer", {}, { token: device.token })).server).toBeNull();
  // Whoever still points to it may choose another one, and is removed like others.
  const chosen = (await fleet.ok("createStorageServer", { body: { ...body, customerId: other.id } })).server;
  const choose = (storageServerId: string | null) =>
    fleet.ok("chooseStorageServer", { params: { id: moved.id }, body: { storageServerId } });
  await choose(chosen.id);
  expect((await fleet.ok("getStorageServer", { params: { id: chosen.id } })).chosenBy).toBe(1);
  expect((await fleet.ok("getOwnStorageServer", {}, { token: device.token })).server.id).toBe(chosen.id);
  await fleet.remove(moved);
  fleet.advance(31 * 86_400_000);
  await fleet.invoke("functions/schedule/sweep-purges.ts", {});
  expectRefusal(await fleet.call("getCustomer", { params: { id: moved.id } }), 404, "not_found");
});

test("who did something before the move is told to the new side by kind alone", async () => {
  const [one, other] = [await reseller(fleet.provider), await reseller(fleet.provider)];
  const mine = { token: (await fleet.key(one.id, "admin")).token as string };
  const theirs = { token: (await fleet.key(other.id, "admin")).token as string };
  const server = async () => {
    const body = { customerId: one.id, name: "Server", url: "https://198.51.101.7/" };
    return (await fleet.ok("createStorageServer", { body })).server.id as string;
  };
  const [from, to] = [await server(), await server()];
  const input = { parentId: one.id, name: fleet.freshName(), email: "a@example.com", country: "DE" };
  const moved = await fleet.ok("createCustomer", { body: { ...input, serviceType: "software-only" } }, mine);
  await fleet.ok("chooseStorageServer", { params: { id: moved.id }, body: { storageServerId: from } });
  const body = { customerId: moved.id, toServerId: to };
  const { id } = await fleet.ok("createSeedMigration", { body }, mine);
  expect((await fleet.ok("getSeedMigration", { params: { id } }, mine)).steps[0].by.id).toMatch(/^key_/);
  await move(moved.id, other.id);
  expect((await fleet.ok("getSeedMigration", { params: { id } }, theirs)).steps[0].by).toEqual({
    kind: "apiKey",
    id: null,
  });
  expect((await fleet.ok("getStorage", { params: { id: moved.id } }, theirs)).decision.by.id).toBeNull();
  // The new side cannot switch to a server of the old one, and may cancel, also once both servers are gone with their owner.
  await fleet.remove(one);
  fleet.advance(31 * 86_400_000);
  await fleet.invoke("functions/schedule/sweep-purges.ts", {});
  const cancelled = { params: { id }, body: { state: "cancelled" } };
  expect((await fleet.ok("recordSeedMigrationStep", cancelled, theirs)).state).toBe("cancelled");
});
