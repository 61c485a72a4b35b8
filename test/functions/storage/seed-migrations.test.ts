import { beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await openFleet();
});

type Options = Parameters<Fleet["call"]>[2];
const register = async (customerId = fleet.resellerId): Promise<{ id: string; name: string }> => {
  const body = { customerId, name: fleet.freshName("Server"), url: "https://198.51.101.7/" };
  return (await fleet.ok("createStorageServer", { body })).server;
};
const softwareOnly = () => fleet.customer({ serviceType: "software-only" });
const choose = (id: string, storageServerId: string | null) =>
  fleet.call("chooseStorageServer", { params: { id }, body: { storageServerId } });
const request = (customerId: string, toServerId: string, more: object = {}, options?: Options) =>
  fleet.call("createSeedMigration", { body: { customerId, toServerId, ...more } }, options);
const step = (id: string, state: string, more: object = {}, options?: Options) =>
  fleet.call("recordSeedMigrationStep", { params: { id }, body: { state, ...more } }, options);
const steps = async (id: string, ...states: string[]) => {
  for (const state of states) expect([state, (await step(id, state)).status]).toEqual([state, 200]);
};
const migrationOf = (id: string, options?: Options) => fleet.ok("getSeedMigration", { params: { id } }, options);
const serverOf = (id: string) => fleet.ok("getStorageServer", { params: { id } });
/** A customer that stores on a server, and a server to go to. */
const stage = async () => {
  const customer = await softwareOnly();
  const [from, to] = [await register(), await register()];
  expect((await choose(customer.id, from.id)).status).toBe(200);
  return { customer, from, to };
};
const open = async () => {
  const made = await stage();
  const reply = await request(made.customer.id, made.to.id);
  expect(reply.status).toBe(201);
  return { ...made, id: String(reply.body.id) };
};

describe("a seed migration", () => {
  test("goes from step to step, and moves devices to the new server at their next admission, where they go on incrementally", async () => {
    const { customer, from, to } = await stage();
    const site = await fleet.create(customer.id, { autoAuthorize: true });
    const device = await fleet.device(site.id);
    const set = await fleet.ownSet(device);
    const before = (await fleet.backup(device, { backupSetId: set.id })).body.grant;
    expect(before.storageServerId).toBe(from.id);

    const made = (await request(customer.id, to.id, { note: "Two disks" })).body;
    expect(made).toMatchObject({
      customerId: customer.id,
      fromServerId: from.id,
      toServerId: to.id,
      state: "requested",
      nextStates: ["seeding", "cancelled"],
      version: 1,
    });
    const { token, id: keyId } = await fleet.key(customer.id, "admin");
    for (const state of ["seeding", "shipped", "imported"]) {
      fleet.advance(86_400_000);
      expect((await step(made.id, state, { note: `It is ${state}` }, { token })).status).toBe(200);
      expect((await fleet.backup(device)).body.grant.storageServerId).toBe(from.id);
    }
    const switched = (await step(made.id, "switched")).body;
    expect(switched).toMatchObject({ state: "switched", nextStates: ["done"], version: 5 });
    const after = (await fleet.backup(device, { backupSetId: set.id })).body.grant;
    expect(after).toEqual({
      ...before,
      storageServerId: to.id,
      id: expect.any(String),
      expiresAt: expect.any(String),
    });
    expect((await fleet.ok("getOwnStorageServer", {}, { token: device.token })).server.id).toBe(to.id);
    await steps(made.id, "done");

    const ended = await migrationOf(made.id);
    expect(ended).toMatchObject({ state: "done", nextStates: [], version: 6 });
    const who = (ended.steps as { state: string; by: { kind: string; id: string }; note: string | null }[]).map(
      ({ state, by, note }) => [state, by.kind, by.id === keyId, note],
    );
    expect(who).toEqual([
      ["requested", "apiKey", false, "Two disks"],
      ["seeding", "apiKey", true, "It is seeding"],
      ["shipped", "apiKey", true, "It is shipped"],
      ["imported", "apiKey", true, "It is imported"],
      ["switched", "apiKey", false, null],
      ["done", "apiKey", false, null],
    ]);
    const times = (ended.steps as { at: string }[]).map(({ at }) => Date.parse(at));
    expect(times.slice(0, 4).map((at, index, all) => Math.round((at - (all[index - 1] ?? at)) / 86_400_000))).toEqual([
      0, 1, 1, 1,
    ]);
    // Whoever sees the customer alone hears of those above by kind only.
    expect((await migrationOf(made.id, { token })).steps[0].by).toEqual({ kind: "apiKey", id: null });
    const log = (await fleet.logged(customer.id)).filter(({ type }) => String(type).startsWith("SeedMigration"));
    expect(log.map(({ changes }) => changes[0].after)).toEqual([
      "done",
      "switched",
      "imported",
      "shipped",
      "seeding",
      "requested",
    ]);
  });

  test("takes no step but the next, and is cancelled before devices are switched only", async () => {
    const { id, customer, from } = await open();
    for (const state of ["shipped", "imported", "switched", "done"])
      expectRefusal(await step(id, state), 409, "migration_step_not_next");
    for (const state of ["requested", "lost"]) expectRefusal(await step(id, state), 400, "invalid_request");
    await steps(id, "seeding");
    expectRefusal(await step(id, "seeding"), 409, "migration_step_not_next");
    await steps(id, "shipped", "cancelled");
    const reply = await step(id, "imported");
    expectRefusal(reply, 409, "migration_step_not_next");
    expect(reply.body.detail).toContain("has ended");
    expect((await fleet.ok("getStorageServerChoice", { params: { id: customer.id } })).storageServerId).toBe(from.id);
    const next = await open();
    await steps(next.id, "seeding", "shipped", "imported", "switched");
    expectRefusal(await step(next.id, "cancelled"), 409, "migration_step_not_next");
  });

  test("is the only one of its customer, who chooses no other server meanwhile, and keeps both servers", async () => {
    const { id, customer, from, to } = await open();
    const third = await register();
    expectRefusal(await request(customer.id, third.id), 409, "migration_open");
    expectRefusal(await choose(customer.id, third.id), 409, "migration_open");
    const remove = ({ id: server, name }: { id: string; name: string }) =>
      fleet.call("deleteStorageServer", { params: { id: server }, query: { confirm: name } });
    expectRefusal(await remove(to), 409, "server_in_use");
    expect([(await serverOf(from.id)).openMigrations, (await serverOf(to.id)).openMigrations]).toEqual([1, 1]);
    await steps(id, "seeding", "shipped", "imported", "switched");
    // The old server is wanted until all is done.
    expectRefusal(await remove(from), 409, "server_in_use");
    await steps(id, "done");
    expect((await remove(from)).status).toBe(200);
    expect(await serverOf(to.id)).toMatchObject({ openMigrations: 0, chosenBy: 1 });
    const again = await request(customer.id, third.id);
    expect([again.status, again.body.fromServerId]).toEqual([201, to.id]);
    await steps(again.body.id, "cancelled");
    expect((await choose(customer.id, third.id)).status).toBe(200);
    const { items } = await fleet.ok("listSeedMigrations", { query: { customerId: customer.id, limit: "1" } });
    expect(items.map(({ id: one }: { id: string }) => one)).toEqual([id]);
  });

  test("switches nobody whose server has changed meanwhile, and can be cancelled then", async () => {
    const customer = await softwareOnly();
    const [first, second, to] = [await register(), await register(), await register()];
    await choose(fleet.resellerId, first.id);
    const { body } = await request(customer.id, to.id);
    expect(body.fromServerId).toBe(first.id);
    await steps(body.id, "seeding", "shipped", "imported");
    await choose(fleet.resellerId, second.id);
    expectRefusal(await step(body.id, "switched"), 409, "migration_outdated");
    await steps(body.id, "cancelled");
    await choose(fleet.resellerId, null);
    expect(await serverOf(to.id)).toMatchObject({ openMigrations: 0, chosenBy: 0 });
  });

  test("needs a server to leave and another one to go to, both of the customer or of a level above", async () => {
    const [customer, other] = [await softwareOnly(), await softwareOnly()];
    const [server, foreign] = [await register(), await register(other.id)];
    expectRefusal(await request(customer.id, server.id), 409, "storage_server_required");
    await choose(customer.id, server.id);
    expectRefusal(await request(customer.id, server.id), 422, "not_applicable", "toServerId");
    expectRefusal(await request(customer.id, foreign.id), 404, "not_found");
    const cloud = await fleet.customer();
    expectRefusal(await request(cloud.id, server.id), 409, "not_available_for_cloud_storage");
    const { token } = await fleet.key(other.id);
    expectRefusal(await request(customer.id, server.id, {}, { token }), 404, "not_found");
    const { id } = await open();
    expectRefusal(await step(id, "seeding", {}, { token }), 404, "not_found");
    expectRefusal(await step(id, "seeding", {}, { headers: { "if-match": '"2"' } }), 412, "precondition_failed");
  });

  test("of two that are requested at once one is refused; of two that record the same step one is", async () => {
    const { customer, to } = await stage();
    const third = await register();
    const replies = await Promise.all([request(customer.id, to.id), request(customer.id, third.id)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
    const id = replies.find(({ status }) => status === 201)?.body.id;
    await steps(id, "seeding", "shipped", "imported");
    const twice = await Promise.all([step(id, "switched"), step(id, "switched")]);
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 409]);
    const counts = await Promise.all([to, third].map(async (server) => (await serverOf(server.id)).chosenBy));
    expect(counts.toSorted()).toEqual([0, 1]);
  });

  test("goes with its customer when that is removed for good, and sets the servers free", async () => {
    const { id, customer, from, to } = await open();
    await fleet.remove(customer);
    expectRefusal(await step(id, "seeding"), 409, "customer_deleted");
    fleet.advance(31 * 86_400_000);
    await fleet.invoke("functions/schedule/sweep-purges.ts", {});
    expectRefusal(await fleet.call("getSeedMigration", { params: { id } }), 404, "not_found");
    for (const server of [from, to])
      expect(await serverOf(server.id)).toMatchObject({ openMigrations: 0, chosenBy: 0 });
  });

  test("ends without its switch where the customer has come to the provider's storage meanwhile", async () => {
    const { id, customer } = await open();
    await fleet.ok("updateCustomer", { params: { id: customer.id }, body: { serviceType: "all-inclusive" } });
    expectRefusal(await step(id, "seeding"), 409, "not_available_for_cloud_storage");
    await steps(id, "cancelled");
  });
});
