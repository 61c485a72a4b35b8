import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sized } from "../../support/size.ts";
import { expectRefusal, gigabyte } from "../stages/book.ts";
import type { Fleet } from "../stages/fleet.ts";
import { type Moving, openMoving, rowsOf } from "../stages/moving.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;
type Options = Parameters<Fleet["call"]>[2];

let fleet: Moving;
const allow = (mergeAndSplit: boolean | null): Promise<Body> =>
  fleet.ok("updateSettings", { params: { id: fleet.provider.id }, body: { moves: { mergeAndSplit } } });
beforeAll(async () => {
  fleet = await openMoving();
  await allow(true);
});
afterAll(() => fleet.close());

const merge = (id: string, fromCustomerId: string, more: object = {}, query = {}, options?: Options) =>
  fleet.call("mergeCustomer", { params: { id }, body: { fromCustomerId, quotas: "sum", ...more }, query }, options);
const split = (id: string, accountIds: readonly string[], more: object = {}, query = {}, options?: Options) =>
  fleet.call("splitCustomer", { params: { id }, body: { accountIds, customer: fleet.input(more) }, query }, options);
/** Lets a task run to its end, in which nothing was refused. @returns the answer that began it */
async function done(reply: { status: number; body: Body }): Promise<Body> {
  const task = await fleet.ended(reply);
  expect([task.status, rowsOf(task).filter((row) => row !== "succeeded")]).toEqual(["succeeded", []]);
  return reply.body;
}
const limited = (space: number, licences: number, deviceLimit: number): object => ({
  space: { limitBytes: space * gigabyte },
  licences: { limit: licences },
  deviceLimit,
});
const limitsOf = ({ space, licences, deviceLimit }: Body): (number | null)[] => [
  space.limitBytes === null ? null : space.limitBytes / gigabyte,
  licences.limit,
  deviceLimit,
];

describe("a customer that is merged into another", () => {
  test("brings accounts, contacts, subscriptions, services and keys; limits go together, also where all are used up; it is deleted with its grace", async () => {
    const seller = await fleet.create(fleet.provider.id, { level: "reseller", ...limited(5, 5, 100) });
    const make = (more: object): Promise<Body> => fleet.create(seller.id, { autoAuthorize: true, ...more });
    const [from, to] = [await make(limited(3, 2, 2)), await make(limited(2, 3, 3))];
    const [one, two] = [await fleet.login({ customerId: from.id }), await fleet.login({ customerId: to.id })];
    const sub = await fleet.subAccount(one.id);
    const devices = [await fleet.computer(one, gigabyte), await fleet.computer(sub, gigabyte)];
    for (let nth = 0; nth < 3; nth += 1) await fleet.computer(two, gigabyte / 2);
    const contact = await fleet.ok("createContact", {
      body: { customerId: from.id, name: "Cy", email: "cy@example.com" },
    });
    const subscription = await fleet.ok("createReportSubscription", {
      body: {
        customerId: from.id,
        kind: "watchlist",
        frequency: "daily",
        hour: 7,
        recipients: [{ email: "a@example.com" }],
      },
    });
    const service = await fleet.ok("createService", {
      body: { customerId: from.id, name: "Support", unitPrice: { currency: "EUR", amount: 100 } },
    });
    const [key, enrolmentKey] = [await fleet.key(from.id), await fleet.enrolmentKey(from.id)];
    await fleet.settled();
    const dry = await merge(to.id, from.id, {}, { dryRun: "true" });
    expect(dry.body.preview.moves).toMatchObject({ accounts: 2, devices: 2, licences: 2, usedBytes: 2 * gigabyte });
    await done(await merge(to.id, from.id));
    const after = await fleet.get(to.id);
    expect(limitsOf(after)).toEqual([5, 5, 5]);
    expect([after.deviceCount, after.licences.used]).toEqual([5, 5]);
    for (const { id } of [one, sub])
      expect(await fleet.account(id)).toMatchObject({ customerId: to.id, parentAccountId: two.id });
    for (const device of devices) expect((await fleet.backup(device)).body.allowed).toBe(true);
    for (const [operation, id] of [
      ["getContact", contact.id],
      ["getReportSubscription", subscription.id],
      ["getService", service.id],
    ] as const)
      expect((await fleet.ok(operation, { params: { id } })).customerId).toBe(to.id);
    await fleet.ok("deleteReportSubscription", { params: { id: subscription.id } });
    await fleet.settled();
    expect((await fleet.ok("getApiKey", { params: { id: key.id } }, { token: key.token })).customerId).toBe(to.id);
    expect(
      (await fleet.call("enrol", { body: { enrolmentKey: enrolmentKey.token, ...fleet.machine() } }, { token: null }))
        .status,
    ).toBe(409);
    expect((await fleet.patch(to.id, { deviceLimit: 9, licences: { limit: 5 } })).status).toBe(200);
    const { device } = await fleet.ok("enrol", { body: { enrolmentKey: enrolmentKey.token, ...fleet.machine() } });
    expect(device.customerId).toBe(to.id);
    const old = await fleet.get(from.id);
    expect([old.deletedAt, old.purgeAt].every((at) => at !== null)).toBe(true);
    expect(limitsOf(old).slice(0, 2)).toEqual([0, 0]);
    expect((await fleet.get(seller.id)).space.freeBytes).toBe(0);
    const types = (await fleet.ok("listLog", { params: { id: seller.id }, query: { limit: "200" } })).items.map(
      ({ type }: Body) => type,
    );
    expect(types).toContain("CustomerMerged");
  });

  test("keeps the target's limits, or gets the larger ones, as was asked for; without a limit there is none", async () => {
    for (const [quotas, mine, theirs, result] of [
      ["keep", limited(4, 4, 4), limited(2, 3, 1), [4, 4, 4]],
      ["largest", limited(4, 2, 4), limited(2, 3, 1), [4, 3, 4]],
      ["sum", { space: { limitBytes: gigabyte } }, limited(2, 3, 1), [3, null, null]],
    ] as const) {
      const [from, to] = [await fleet.customer(theirs), await fleet.customer(mine)];
      const login = await fleet.login({ customerId: from.id });
      await fleet.computer(login, 100);
      await fleet.settled();
      await done(await merge(to.id, from.id, { quotas }));
      expect(limitsOf(await fleet.get(to.id)), quotas).toEqual(result);
      await fleet.settled();
    }
  });

  test("may give some of its accounts only, and stays then as it is", async () => {
    const [from, to] = [await fleet.customer(limited(3, 3, 3)), await fleet.customer()];
    const [one, two] = [
      await fleet.login({ customerId: from.id }),
      await fleet.login({ customerId: from.id, plan: "basic" }),
    ];
    expectRefusal(await merge(to.id, from.id, { accountIds: [one.id] }), 409, "move_refused", "quotas");
    await done(await merge(to.id, from.id, { accountIds: [one.id], quotas: "keep" }));
    expect([(await fleet.account(one.id)).customerId, (await fleet.account(two.id)).customerId]).toEqual([
      to.id,
      from.id,
    ]);
    expect(await fleet.get(from.id)).toMatchObject({ deletedAt: null, deviceLimit: 3 });
    await fleet.settled();
  });

  test("is refused whole, with what stands against it", async () => {
    const [from, to] = [await fleet.customer({ country: "CH" }), await fleet.customer()];
    const login = await fleet.login({ customerId: from.id });
    const refused = await merge(to.id, from.id);
    expectRefusal(refused, 409, "move_refused", "fromCustomerId");
    expect(refused.body.errors[0]).toMatchObject({
      code: "storage_location_differs",
      message: expect.stringContaining("Move single accounts instead"),
    });
    expect((await fleet.account(login.id)).customerId).toBe(from.id);
    expectRefusal(await merge(to.id, to.id), 409, "move_refused", "fromCustomerId");
    const site = await fleet.create((await fleet.customer()).id);
    expectRefusal(await merge(to.id, site.parentId), 409, "move_refused", "fromCustomerId");
    const foreign = await fleet.create((await fleet.create(fleet.provider.id, { level: "reseller" })).id);
    const { token } = await fleet.key(fleet.resellerId);
    expectRefusal(await merge(to.id, foreign.id, {}, {}, { token }), 404, "not_found");
    const other = await fleet.login();
    expectRefusal(await merge(to.id, from.id, { accountIds: [other.id], quotas: "keep" }), 409, "move_refused");
    await allow(null);
    expectRefusal(await merge(to.id, from.id), 409, "merge_disabled");
    expectRefusal(await split(from.id, [login.id]), 409, "merge_disabled");
    await allow(true);
    const own = await fleet.call("updateSettings", {
      params: { id: fleet.resellerId },
      body: { moves: { mergeAndSplit: true } },
    });
    expectRefusal(own, 422, "not_applicable", "moves");
    await fleet.settled();
  });
});

describe("accounts that are split off", () => {
  test("stand under a new customer, made in the same call, with their devices and data", async () => {
    const from = await fleet.customer(limited(3, 3, 3));
    const [one, two] = [
      await fleet.login({ customerId: from.id }),
      await fleet.login({ customerId: from.id, plan: "basic" }),
    ];
    const device = await fleet.computer(one, 100);
    await fleet.settled();
    const dry = await split(from.id, [one.id], {}, { dryRun: "true" });
    expect(dry.body).toMatchObject({
      customer: { level: "end-customer" },
      task: { preview: { moves: { accounts: 1 } } },
    });
    expectRefusal(await fleet.call("getCustomer", { params: { id: dry.body.customer.id } }), 404, "not_found");
    const { customer } = await done(await split(from.id, [one.id], { name: fleet.freshName("Split") }));
    await fleet.settled();
    expect(customer).toMatchObject({ parentId: fleet.resellerId, level: "end-customer" });
    expect([(await fleet.account(one.id)).customerId, (await fleet.account(two.id)).customerId]).toEqual([
      customer.id,
      from.id,
    ]);
    expect(await fleet.get(customer.id)).toMatchObject({ deviceCount: 1, space: { usedBytes: 100 } });
    expect((await fleet.backup(device)).body.grant.prefix).toBe(`${from.id}/${device.id}/`);
  });

  test("are refused with the customer where one of them cannot go", async () => {
    const from = await fleet.customer();
    const login = await fleet.login({ customerId: from.id });
    await fleet.computer(login);
    const name = fleet.freshName("Not there");
    const reply = await split(from.id, [login.id], { name, deviceLimit: 0, licences: { limit: 0 } });
    expect(reply.body.errors.map(({ code, path }: Body) => [code, path])).toEqual([
      ["allotment_exceeded", "accountIds.0.licences"],
      ["device_limit", "accountIds.0.devices"],
    ]);
    const { items } = await fleet.ok("listCustomers", { query: { parentId: fleet.resellerId, name } });
    expect(items).toEqual([]);
    const { token } = await fleet.key(from.id);
    expectRefusal(await split(from.id, [login.id], {}, {}, { token }), 403, "forbidden");
  });
});

describe("a merge whose worker is killed after any step", () => {
  let [transactions, diesAfter, working] = [0, Number.POSITIVE_INFINITY, false];
  beforeAll(() =>
    fleet.runtime.client.middlewareStack.add(
      (next, context) => async (args) => {
        if (working && transactions >= diesAfter) throw new Error("killed");
        const answer = await next(args);
        if (working && String(context["commandName"]) === "TransactWriteItemsCommand") transactions += 1;
        if (working && transactions >= diesAfter) throw new Error("killed");
        return answer;
      },
      { step: "finalizeRequest", priority: "low", name: "killed" },
    ),
  );
  /** Works at what is due, up to so many transactions. @returns how many were made */
  const work = async (dies: number): Promise<number> => {
    [transactions, diesAfter, working] = [0, dies, true];
    await fleet.invoke("functions/schedule/sweep-tasks.ts", {}).catch(() => undefined);
    working = false;
    return transactions;
  };
  const goOn = async (): Promise<void> => {
    for (let turn = 0; turn < 2; turn += 1) {
      fleet.advance(10 * 60_000);
      await work(Number.POSITIVE_INFINITY);
    }
  };
  /** Two customers, the merge of them, and its worker that has died. */
  async function killed(dies: number) {
    const [from, to] = [await fleet.customer(limited(3, 2, 2)), await fleet.customer(limited(2, 3, 3))];
    const [one, two] = [await fleet.login({ customerId: from.id }), await fleet.login({ customerId: to.id })];
    const basic = await fleet.login({ customerId: from.id, plan: "basic" });
    const device = await fleet.computer(one, gigabyte, 1);
    const contact = await fleet.ok("createContact", {
      body: { customerId: from.id, name: "Cy", email: "cy@example.com" },
    });
    const { body: task } = await merge(to.id, from.id);
    fleet.advance(3 * 60_000);
    const made = await work(dies);
    return { from, to, one, two, basic, device, contact, task, made };
  }
  /** Kills after every step, or after every third one. */
  async function atEveryStep(scene: (stage: Awaited<ReturnType<typeof killed>>, dies: number) => Promise<void>) {
    for (let dies = 1, steps = 2; dies <= steps; dies += sized(3, 1)) {
      const stage = await killed(dies);
      steps = Math.max(steps, stage.made < dies ? stage.made : dies + 1);
      await scene(stage, dies);
      await fleet.next();
      await fleet.settled();
    }
  }

  test("ends as if it had not been", { timeout: 600_000 }, () =>
    atEveryStep(async ({ from, to, one, two, basic, device, contact, task }, dies) => {
      await goOn();
      const { status, result } = await fleet.ok("getTask", { params: { id: task.id } });
      expect([dies, status, result.rows.map((row: Body) => row.code ?? row.status)]).toEqual([
        dies,
        "succeeded",
        result.rows.map(() => "succeeded"),
      ]);
      expect(limitsOf(await fleet.get(to.id))).toEqual([5, 5, 5]);
      expect((await fleet.get(from.id)).deletedAt).not.toBeNull();
      expect(await fleet.account(one.id)).toMatchObject({ customerId: to.id, parentAccountId: two.id });
      expect(await fleet.account(basic.id)).toMatchObject({ customerId: to.id, parentAccountId: null });
      expect((await fleet.ok("getContact", { params: { id: contact.id } })).customerId).toBe(to.id);
      expect((await fleet.backup(device)).body.allowed).toBe(true);
    }),
  );

  test("and is cancelled then, has done what it says and nothing else, and can be undone", { timeout: 600_000 }, () =>
    atEveryStep(async ({ from, to, one, basic, contact, task }) => {
      const cancelled = await fleet.call("cancelTask", { params: { id: task.id } });
      // After the last step there is nothing to cancel any more.
      expect([200, 409]).toContain(cancelled.status);
      await goOn();
      const { status, result } = await fleet.ok("getTask", { params: { id: task.id } });
      const done = new Set(result.rows.filter((row: Body) => row.status === "succeeded").map(({ id }: Body) => id));
      expect(result.rows.map((row: Body) => row.status)).toEqual(
        result.rows.map(({ id }: Body) => (done.has(id) ? "succeeded" : "skipped")),
      );
      expect(status).toBe(done.size === result.rows.length ? "succeeded" : "cancelled");
      const [ended, where] = [done.has(from.id), (id: string) => (done.has(id) ? to.id : from.id)];
      for (const { id } of [one, basic]) expect((await fleet.account(id)).customerId).toBe(where(id));
      const ofContact = async () => (await fleet.ok("getContact", { params: { id: contact.id } })).customerId;
      expect([(await fleet.get(from.id)).deletedAt !== null, await ofContact()]).toEqual([ended, where(from.id)]);
      if (ended) expect(limitsOf(await fleet.get(to.id))).toEqual([5, 5, 5]);
      if (done.size === 0) return;
      const undone = await fleet.ended(await fleet.call("undoTask", { params: { id: task.id } }));
      expect(new Set(rowsOf(undone)), JSON.stringify(undone.result)).toEqual(new Set(["succeeded"]));
      await fleet.settled();
      expect([limitsOf(await fleet.get(from.id)), limitsOf(await fleet.get(to.id))]).toEqual([
        [3, 2, 2],
        [2, 3, 3],
      ]);
      for (const { id } of [one, basic]) expect((await fleet.account(id)).customerId).toBe(from.id);
      expect([(await fleet.get(from.id)).deletedAt, await ofContact()]).toEqual([null, from.id]);
    }),
  );
});
