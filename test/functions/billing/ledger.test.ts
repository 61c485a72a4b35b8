import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import type { Reply } from "../../support/api.ts";
import { dump } from "../../model/invariants.ts";
import { changesOf, openTableStream } from "../../fleet/table-stream.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

type Body = Reply["body"];
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
  // The stage begins in the morning of Berlin, whenever the test is run.
  goTo(`${new Date(fleet.now() + dayMs).toISOString().slice(0, 10)}T07:00:00Z`);
});
afterAll(() => stream.close());

const goTo = (at: string): void => fleet.advance(Date.parse(at) - fleet.now());
/** The day so many days from now, in UTC: at the times of these tests it is the same in Berlin. */
const day = (ahead = 0): string => new Date(fleet.now() + ahead * dayMs).toISOString().slice(0, 10);
const rollUp = async (): Promise<void> => {
  for (const kind of ["device", "customer"] as const) {
    const Records = changesOf(kind, await stream.next());
    if (Records.length > 0) await fleet.invoke("functions/stream/roll-up.ts", { Records });
  }
};
const sweep = (): Promise<unknown> => fleet.invoke("functions/schedule/sweep-ledger.ts", {});
/** Lets a day end: the clock goes on to 07:00 of the next one, and the ledger is written. */
const night = async (): Promise<void> => {
  await rollUp();
  fleet.advance(dayMs);
  await sweep();
};
const uses = async (device: Enrolled, usedBytes: number): Promise<void> => {
  await fleet.ok("reportUsage", { body: { usedBytes, measuredAt: fleet.at() } }, { token: device.token });
  await rollUp();
};
const usage = async (id: string, from: string, to: string, unit = "day"): Promise<Body[]> =>
  (await fleet.ok("getUsage", { params: { id }, query: { from, to, unit } })).items;
/** The records of a customer's ledger, as they are stored. */
const records = async (id: string): Promise<Body[]> =>
  (await dump(fleet.table)).filter(({ pk }) => pk === `LEDGER#${id}`).map(({ record }) => record);

describe("a day in the ledger", { timeout: 120_000 }, () => {
  test("says what was used at its end and at most, what there was, and who sold it", async () => {
    const customer = await fleet.customer({ timezone: "Europe/Berlin" });
    const device = await fleet.device(customer.id, { kind: "server" });
    await fleet.device(customer.id);
    await fleet.ok("createService", {
      body: { customerId: customer.id, name: "Firewall", quantity: 2, unitPrice: { amount: 1250, currency: "EUR" } },
    });
    await uses(device, 500);
    await uses(device, 900);
    await uses(device, 700);
    const today = day();
    await night();
    const [record] = await records(customer.id);
    expect(record).toMatchObject({
      kind: "day",
      sequence: 1,
      day: today,
      basis: "measured",
      timeZone: "Europe/Berlin",
      sellers: [fleet.provider.id, fleet.resellerId],
      state: "active",
      trial: false,
      usedBytes: 700,
      peakBytes: 900,
      devices: { server: 1, laptop: 1 },
      accounts: { select: 2 },
      services: [{ name: "Firewall", quantity: 2, unitPrice: { amount: 1250, currency: "EUR" } }],
      branch: { usedBytes: 700, devices: 2 },
    });
    const [row] = await usage(customer.id, today, today);
    expect(row).toMatchObject({
      period: today,
      days: 1,
      missingDays: 0,
      chargedDays: 1,
      endBytes: 700,
      peakBytes: 900,
    });
    await night();
    expect((await records(customer.id)).map(({ usedBytes, peakBytes }) => [usedBytes, peakBytes])).toEqual([
      [700, 900],
      [700, 700],
    ]);
  });

  test("ends at midnight of the customer's own clocks, whatever is reported before the ledger is written", async () => {
    const customer = await fleet.customer({ timezone: "America/New_York" });
    const device = await fleet.device(customer.id);
    await uses(device, 100);
    await night();
    // From here on the roll-up knows the zone. 04:30 UTC is half past eleven in the evening, or half past midnight in summer.
    const eve = new Date(fleet.now() + dayMs);
    goTo(`${eve.toISOString().slice(0, 10)}T03:30:00Z`);
    await uses(device, 300);
    goTo(`${eve.toISOString().slice(0, 10)}T06:00:00Z`);
    await uses(device, 5_000);
    await sweep();
    const [, second] = await records(customer.id);
    expect([second.usedBytes, second.peakBytes]).toEqual([300, 300]);
    goTo(`${eve.toISOString().slice(0, 10)}T07:00:00Z`);
  });

  test("stays with who sold to the customer then, although it has been moved before the ledger was written", async () => {
    const customer = await fleet.customer();
    const site = await fleet.create(customer.id, { level: "site" });
    const other = await fleet.create(fleet.provider.id, { level: "reseller" });
    await rollUp();
    fleet.advance(dayMs);
    await fleet.ok("moveCustomer", { params: { id: customer.id }, body: { parentId: other.id } });
    await sweep();
    const sellersOf = async ({ id }: Body) => (await records(id)).map(({ sellers }) => sellers);
    const { id } = fleet.provider;
    expect(await sellersOf(customer)).toEqual([[id, fleet.resellerId]]);
    expect(await sellersOf(site)).toEqual([[id, fleet.resellerId, customer.id]]);
    await night();
    expect((await sellersOf(customer)).at(-1)).toEqual([id, other.id]);
    expect((await sellersOf(site)).at(-1)).toEqual([id, other.id, customer.id]);
  });

  test("tells trials, deactivated and deleted customers apart; the last day is that of the removal", async () => {
    const trial = await fleet.customer({ inTrial: true });
    const customer = await fleet.customer();
    const name = (await fleet.get(customer.id)).name;
    await night();
    await fleet.ok("deactivateCustomer", { params: { id: customer.id } });
    await night();
    await fleet.ok("deleteCustomer", { params: { id: customer.id }, query: { confirm: name } });
    await night();
    const states = async ({ id }: Body) => (await records(id)).map((one) => [one.state, one.trial]);
    expect(await states(trial)).toEqual(Array.from({ length: 3 }, () => ["active", true]));
    expect((await states(customer)).map(([state]) => state)).toEqual(["active", "inactive", "deleted"]);
    fleet.advance(40 * dayMs);
    await fleet.invoke("functions/schedule/sweep-purges.ts", {});
    const all = await records(customer.id);
    expect(all.at(-1)).toMatchObject({ day: day(), state: "deleted", usedBytes: 0 });
    expect(all).toHaveLength(3 + 41);
    await sweep();
    await sweep();
    expect(await records(customer.id)).toEqual(all);
    expectRefusal(
      await fleet.call("getUsage", { params: { id: customer.id }, query: { from: day(), to: day() } }),
      404,
      "not_found",
    );
  });
});

describe("the ledger", { timeout: 120_000 }, () => {
  test("is written once, whatever runs side by side, and made up for nights that were missed", async () => {
    const customer = await fleet.customer();
    const device = await fleet.device(customer.id);
    await uses(device, 42);
    const first = day();
    await rollUp();
    fleet.advance(30 * dayMs);
    // A transaction holds so many days: the rest is due at once.
    for (let run = 0; run < 3; run += 1) await Promise.allSettled([sweep(), sweep()]);
    await sweep();
    const all = await records(customer.id);
    expect(all.map(({ day: name }) => name)).toEqual(
      Array.from({ length: 30 }, (_, nth) => new Date(Date.parse(first) + nth * dayMs).toISOString().slice(0, 10)),
    );
    expect(new Set(all.map(({ usedBytes }) => usedBytes))).toEqual(new Set([42]));
    expect(all.map(({ basis }) => basis)).toEqual([...Array.from({ length: 29 }, () => "facts"), "measured"]);
    const months = await usage(customer.id, first, day(), "month");
    expect(months.reduce((sum, { days }) => sum + days, 0)).toBe(30);
    expect(months.reduce((sum, { missingDays }) => sum + missingDays, 0)).toBe(1);
  });

  test("is written for a branch that holds more than a number does exactly", async () => {
    const customer = await fleet.customer();
    await fleet.setItem(customer.id, { usedBytes: 2n ** 60n });
    const from = day();
    await night();
    const [row] = await usage(customer.id, from, from);
    expect(row.branch.usedBytes).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("is exported for a spreadsheet", async () => {
    const customer = await fleet.customer();
    await fleet.device(customer.id);
    const from = day();
    await night();
    const { body } = await fleet.call("exportUsage", { params: { id: customer.id }, query: { from, to: from } });
    const [head, row, end] = String(body).split("\r\n");
    expect(head).toBe(
      "\ufeffperiod,days,missingDays,chargedDays,averageBytes,endBytes,peakBytes,workstations,laptops,servers,licences,accounts,branchBytes,branchDevices,branchAttention",
    );
    expect([row?.slice(0, 29), row?.includes("select: 1"), end]).toEqual([`${from},1,0,1,0,0,0,0,1,0,`, true, ""]);
  });

  test.each([
    ["the first day after the last", { from: "2026-06-02", to: "2026-06-01" }],
    ["more than 400 days", { from: "2024-01-01", to: "2026-06-01" }],
    ["no such day", { from: "2026-02-30", to: "2026-03-01" }],
    ["another unit", { from: "2026-06-01", to: "2026-06-02", unit: "week" }],
  ])("refuses %s", async (_, query) => {
    const reply = await fleet.call("getUsage", { params: { id: fleet.resellerId }, query });
    expectRefusal(reply, 400, "invalid_request");
  });

  test("is nothing to others", async () => {
    const stranger = await fleet.create(fleet.provider.id, { level: "reseller" });
    const { token } = await fleet.ok("createApiKey", { body: { customerId: stranger.id, name: "K", role: "admin" } });
    const query = { from: day(), to: day() };
    const reply = await fleet.call("getUsage", { params: { id: fleet.resellerId }, query }, { token });
    expectRefusal(reply, 404, "not_found");
  });
});
