import { afterAll, beforeAll, expect, test } from "vitest";
import { costsOf, type Reply } from "../../support/api.ts";
import { allPages, expectRefusal } from "../stages/book.ts";
import { type Moving, openMoving } from "../stages/moving.ts";

type Body = Reply["body"];

let fleet: Moving;
let made: Awaited<ReturnType<typeof branch>>;
beforeAll(async () => {
  fleet = await openMoving();
  made = await branch();
}, 120_000);
afterAll(() => fleet.close());

const counted = (id: string, query: Record<string, string> = {}, token?: string) =>
  fleet.call("getCounts", { params: { id }, query }, token === undefined ? {} : { token });

/** Adds up whatever numbers there are. */
function sum(one: Body, other: Body): Body {
  if (typeof one === "number") return one + other;
  return Object.fromEntries(Object.keys(one).map((name) => [name, sum(one[name], other[name])]));
}
/** The counts of all pages together, and what each page tells of the whole branch. */
async function all(id: string, query: Record<string, string> = {}): Promise<{ counts: Body; totals: Body[] }> {
  let counts: Body;
  const totals: Body[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const reply: Reply = await counted(id, { ...query, ...(cursor !== "" && { cursor }) });
    expect([reply.status, reply.body.code]).toEqual([200, undefined]);
    counts = counts === undefined ? reply.body.counts : sum(counts, reply.body.counts);
    totals.push(reply.body.totals);
    cursor = reply.body.nextCursor;
  }
  return { counts, totals };
}
const tally = (names: readonly string[], all: readonly string[]): Record<string, number> => ({
  ...Object.fromEntries(all.map((name) => [name, 0])),
  ...Object.fromEntries(
    Map.groupBy(names, (name) => name)
      .entries()
      .map(([name, found]) => [name, found.length]),
  ),
});
const levels = ["provider", "distributor", "sub-distributor", "reseller", "end-customer", "site"];
/** What the lists of a branch say. */
async function listed(id: string): Promise<Body> {
  const list = async (kind: string): Promise<Body[]> =>
    (await allPages(fleet, "listDescendants", { params: { id }, query: { kind, limit: "200" } })).items.map(
      (item) => item[kind],
    );
  const [customers, accounts, devices] = [await list("customer"), await list("account"), await list("device")];
  const isDeleted = new Map(accounts.map((account) => [account.id, account.state === "deleted"]));
  return {
    customers: {
      total: customers.length,
      byLevel: tally(
        customers.map(({ level }) => level),
        levels,
      ),
      byState: {
        active: customers.filter(({ active }) => active).length,
        inactive: customers.filter(({ active }) => !active).length,
        trial: customers.filter(({ trial }) => trial !== null).length,
      },
    },
    accounts: {
      total: accounts.length,
      byState: tally(
        accounts.map(({ state }) => state),
        ["active", "trial", "suspended", "deleted"],
      ),
    },
    devices: {
      total: devices.length,
      byState: tally(
        devices.map(({ accountId, state }) => (isDeleted.get(accountId) ? "deleted" : state)),
        ["pending", "active", "suspended", "deleted"],
      ),
    },
  };
}

/** A distributor with things in every state. */
async function branch(): Promise<{ id: string; reseller: string; gone: Body }> {
  const { id } = await fleet.create(fleet.provider.id, { level: "distributor" });
  const reseller = await fleet.create(id, { level: "reseller" });
  const other = await fleet.create(id, { level: "reseller" });
  const gone = await fleet.create(other.id, { autoAuthorize: true });
  for (const [nth, parent] of [reseller, reseller, reseller, other].entries()) {
    const customer = await fleet.create(parent.id, { autoAuthorize: nth > 0, ...(nth % 2 === 0 && { inTrial: true }) });
    const site = await fleet.create(customer.id, { autoAuthorize: true });
    const login = await fleet.login({ customerId: customer.id, active: nth !== 1 });
    const trial = await fleet.login({ customerId: site.id, plan: "trial" });
    const sub = await fleet.subAccount(login.id);
    for (const accountId of [login.id, trial.id, sub.id])
      await fleet.ok("createDevice", { body: { accountId, ...fleet.machine({ active: nth !== 2 }) } });
    const { token: enrolmentKey } = await fleet.enrolmentKey(customer.id);
    expect((await fleet.enrol({ enrolmentKey })).status).toBe(nth === 0 ? 202 : 201);
    if (nth === 2) await fleet.ok("deactivateCustomer", { params: { id: customer.id } });
    if (nth !== 3) continue;
    // Of a deleted account the sub-accounts and devices are deleted too.
    await fleet.ok("deleteAccount", { params: { id: login.id }, query: { confirm: login.username } });
    const device = (await fleet.ok("listDevices", { query: { accountId: trial.id } })).items[0];
    await fleet.ok("deleteDevice", { params: { id: device.id }, query: { confirm: device.name } });
  }
  const login = await fleet.login({ customerId: gone.id });
  await fleet.ok("createDevice", { body: { accountId: login.id, ...fleet.machine() } });
  await fleet.create(gone.id);
  await fleet.remove(gone);
  return { id, reseller: reseller.id, gone };
}

test("counts by kind and state what the lists of the branch hold, in pages that add up; the record tells the rest at once", async () => {
  const { id, reseller, gone } = made;
  await fleet.settled();
  for (const [top, limits] of [
    [id, ["7", "25"]],
    [reseller, ["4"]],
  ] as const) {
    const { counts, totals } = await all(top);
    expect(counts).toEqual(await listed(top));
    for (const limit of limits) {
      const parts = await all(top, { limit });
      expect(parts.counts).toEqual(counts);
      expect(parts.totals.length).toBeGreaterThan(1);
    }
    const { active, suspended } = counts.devices.byState;
    const watched = await fleet.ok("getWatchlist", { params: { id: top } });
    expect(totals).toEqual([{ devices: active + suspended, needAttention: watched.counts.devices }]);
  }
  const { counts } = await all(id);
  expect(counts.devices.byState).toEqual({ pending: 1, active: expect.any(Number), suspended: 3, deleted: 4 });
  expect(counts.accounts.byState).toMatchObject({ deleted: 3 });
  for (const state of Object.values(counts.accounts.byState)) expect(state).toBeGreaterThan(0);
  expect(counts.customers.byState).toEqual({ active: 11, inactive: 1, trial: 2 });
  expectRefusal(await counted(gone.id), 409, "customer_deleted");
});

test("of an end-customer counts its own accounts and devices in 4 round trips; of nothing says zero", async () => {
  const customer = await fleet.customer();
  const none = (await counted(customer.id)).body;
  expect([none.counts, none.totals, none.nextCursor]).toEqual([
    await listed(customer.id),
    { devices: 0, needAttention: 0 },
    null,
  ]);
  const login = await fleet.login({ customerId: customer.id });
  await fleet.ok("createDevice", { body: { accountId: login.id, ...fleet.machine() } });
  const reply = await counted(customer.id);
  expect(reply.body.counts).toEqual(await listed(customer.id));
  expect([reply.body.counts.customers.total, reply.body.counts.devices.total]).toEqual([0, 1]);
  expect(costsOf(reply).roundTrips).toBeLessThanOrEqual(4);
});

test("counts a sub-account once that is older than the parent account it was moved below", async () => {
  const [from, to] = [await fleet.customer(), await fleet.customer()];
  const older = await fleet.login({ customerId: from.id });
  await fleet.login({ customerId: to.id });
  const body = { ids: [older.id], customerId: to.id, onSamePlan: "sub-account" };
  await fleet.ended(await fleet.call("moveAccounts", { body }));
  for (const limit of ["1", "2", "1000"]) expect((await all(to.id, { limit })).counts.accounts.total).toBe(2);
});

test("refuses what the caller does not see, and cursors of something else", async () => {
  const [customer, other] = [await fleet.customer(), await fleet.customer()];
  const { token } = await fleet.key(customer.id, "viewer");
  for (const id of [other.id, fleet.resellerId, "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
    expectRefusal(await counted(id, {}, token), 404, "not_found");
  for (const limit of ["0", "1001", "x"])
    expectRefusal(await counted(customer.id, { limit }), 400, "invalid_request", "limit");
  const { nextCursor: cursor } = (await counted(fleet.resellerId, { limit: "1" })).body;
  expectRefusal(await counted(customer.id, { cursor }), 400, "invalid_cursor");
});
