import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Reply } from "../../support/api.ts";
import { type Finding, openFinding } from "../stages/finding.ts";
import { wakes, workAt } from "../stages/tasks.ts";

type Body = Reply["body"];
const password = "a ladder by the barn";

let stage: Finding;
beforeAll(async () => {
  stage = await openFinding();
  await stage.ok("updateSettings", { params: { id: stage.provider.id }, body: { moves: { mergeAndSplit: true } } });
  for (const level of ["error", "warn"] as const)
    vi.spyOn(stage.runtime.logger, level).mockImplementation((() => undefined) as never);
});
afterAll(() => stage.close());

/** A reseller, or a distributor, with a key that sees its branch. */
async function seller(parentId = stage.provider.id, level = "reseller"): Promise<Body & { sees: { token: string } }> {
  const made = await stage.create(parentId, { level });
  return { ...made, sees: { token: (await stage.key(made.id, "viewer")).token } };
}
const moveCustomer = (id: string, parentId: string) => stage.ok("moveCustomer", { params: { id }, body: { parentId } });
const moveAccounts = async (ids: string[], customerId: string, more: object = {}) =>
  stage.ended(await stage.call("moveAccounts", { body: { ids, customerId, ...more } }));
/** A customer with an account, a device and a site, all of which are found by one word. */
async function branch(parentId: string, word: string) {
  const customer = await stage.create(parentId, { name: `${word} customer`, autoAuthorize: true });
  const account = await stage.login({ customerId: customer.id, username: `${word}.account` });
  const device = await stage.ok("createDevice", {
    body: { accountId: account.id, ...stage.machine({ name: `${word} device` }) },
  });
  const site = await stage.create(customer.id, { name: `${word} site` });
  return { customer, account, device, site, all: new Set([customer.id, account.id, device.id, site.id]) };
}
const idsOf = async (q: string, { sees }: { sees: { token: string } }) => new Set(await stage.ids(q, {}, sees));
const none = new Set<string>();

describe("a customer that is moved", () => {
  test("is not found any more where it was, at once; where it is with all below it once that is filed; and above both always", async () => {
    const above = await seller(stage.provider.id, "distributor");
    const [from, to] = [await seller(above.id), await seller(above.id)];
    const { customer, all } = await branch(from.id, "wanderer");
    await stage.filed();
    expect([await idsOf("wanderer", from), await idsOf("wanderer", to)]).toEqual([all, none]);
    await moveCustomer(customer.id, to.id);
    expect([await idsOf("wanderer", from), await idsOf("wanderer", to), await idsOf("wanderer", above)]).toEqual([
      none,
      none,
      all,
    ]);
    // Nor does a page say how much there was.
    const page = await stage.ok("search", { query: { q: "wanderer" } }, from.sees);
    expect(page).toEqual({ items: [], nextCursor: null });
    await stage.filed();
    expect([await idsOf("wanderer", from), await idsOf("wanderer", to), await idsOf("wanderer", above)]).toEqual([
      none,
      all,
      all,
    ]);
    const found: Body[] = await stage.find("wanderer", {}, to.sees);
    for (const { path } of found) expect(path.slice(0, 2).map(({ id }: Body) => id)).toEqual([to.id, customer.id]);
    expect(await stage.amiss()).toEqual([]);
  });

  test("and more than goes at once is filed page by page by the schedule, also after a second move", async () => {
    const sellers = [await seller(), await seller(), await seller()];
    const [one, two, three] = sellers as [Body, Body, Body];
    const { customer, all } = await branch(one.id, "caravan");
    await stage.filed();
    // Time flies while partitions are read, so that each turn ends after a page.
    const stack = stage.runtime.client.middlewareStack;
    let flies = true;
    stack.add(
      (next, context) => (args) => {
        if (
          flies &&
          context["commandName"] === "QueryCommand" &&
          JSON.stringify(args.input).includes(`FIND#${customer.id}`)
        )
          stage.advance(5 * 60_000);
        return next(args);
      },
      { step: "initialize", name: "flies" },
    );
    await moveCustomer(customer.id, two.id);
    await stage.filed();
    const left = () => stage.amiss().then((found) => found.length);
    const [first, afterFirst] = [await left(), await idsOf("caravan", two as never)];
    expect([first > 1, afterFirst.has(customer.id), afterFirst.size < all.size]).toEqual([true, true, true]);
    await moveCustomer(customer.id, three.id);
    await stage.filed();
    let turns = 0;
    for (; (await left()) > 0 && turns < 10; turns += 1) {
      stage.advance(60_000);
      await stage.sweep();
    }
    flies = false;
    stack.remove("flies");
    expect(turns).toBeGreaterThan(1);
    expect([await idsOf("caravan", two as never), await idsOf("caravan", three as never)]).toEqual([none, all]);
    stage.advance(60_000);
    expect(await stage.sweep()).toEqual({ done: 0 });
  });

  test("and comes back, is found where it has been before", async () => {
    const [from, to] = [await seller(), await seller()];
    const { customer, all } = await branch(from.id, "boomerang");
    await stage.filed();
    await moveCustomer(customer.id, to.id);
    const away = await stage.entries();
    await moveCustomer(customer.id, from.id);
    await stage.file(await stage.entries());
    await stage.file(away);
    expect([await idsOf("boomerang", from), await idsOf("boomerang", to)]).toEqual([all, none]);
    expect(await stage.amiss()).toEqual([]);
  });
});

describe("an account that is moved", () => {
  test("is found with its sub-accounts and devices at its new customer, and with the contact that was copied", async () => {
    const [one, two] = [await seller(), await seller()];
    const [from, to] = [
      await stage.create(one.id, { autoAuthorize: true }),
      await stage.create(two.id, { autoAuthorize: true }),
    ];
    const parent = await stage.login({
      customerId: from.id,
      username: "mover.parent",
      contact: { name: "Mover", email: "m@example.com" },
    });
    const sub = await stage.ok("createAccount", {
      body: { parentAccountId: parent.id, username: "mover.sub", password },
    });
    const other = await stage.ok("createAccount", {
      body: { customerId: from.id, plan: "basic", username: "mover.other", password, contactId: parent.contactId },
    });
    const device = async (accountId: string) =>
      (
        await stage.ok("createDevice", {
          body: { accountId, ...stage.machine({ name: `mover ${stage.freshLogin()}` }) },
        })
      ).id;
    const devices = [await device(parent.id), await device(sub.id)];
    const stays = await device(other.id);
    await stage.filed();
    const task = await moveAccounts([parent.id], to.id);
    expect(task.status).toBe("succeeded");
    expect(await idsOf("mover", one)).toEqual(new Set([other.id, stays]));
    await stage.filed();
    expect(await idsOf("mover", two)).toEqual(new Set([parent.id, sub.id, ...devices]));
    expect(await stage.amiss()).toEqual([]);
    await stage.ended(await stage.call("undoTask", { params: { id: task.id } }));
    await stage.filed();
    expect(await idsOf("mover", one)).toEqual(new Set([parent.id, sub.id, other.id, stays, ...devices]));
    expect(await stage.amiss()).toEqual([]);
  });

  test("in steps belongs to its new customer from the first on; once the last is done all of it is filed there", async () => {
    const [one, two] = [await seller(), await seller()];
    const [from, to] = [
      await stage.create(one.id, { autoAuthorize: true }),
      await stage.create(two.id, { autoAuthorize: true }),
    ];
    const parent = await stage.login({ customerId: from.id, username: "steps.parent" });
    const sub = await stage.ok("createAccount", {
      body: { parentAccountId: parent.id, username: "steps.sub", password },
    });
    const devices: string[] = [];
    for (let nth = 0; nth < 14; nth += 1) {
      const body = { accountId: nth < 3 ? sub.id : parent.id, ...stage.machine({ name: `steps ${nth}` }) };
      devices.push((await stage.ok("createDevice", { body })).id);
    }
    await stage.filed();
    const stack = stage.runtime.client.middlewareStack;
    let transactions = 0;
    stack.add(
      (next, context) => async (args) => {
        // The account is moved, and something follows; then the worker dies.
        if (context["commandName"] === "TransactWriteItemsCommand" && (transactions += 1) > 4)
          throw new Error("killed");
        return next(args);
      },
      { step: "finalizeRequest", priority: "low", name: "killed" },
    );
    const reply = await stage.call("moveAccounts", { body: { ids: [parent.id], customerId: to.id } });
    expect(reply.status).toBe(202);
    const records = await stage.next();
    await workAt(stage, records).catch(() => undefined);
    stack.remove("killed");
    expect((await stage.item(from.id)).moveId).toBeDefined();

    // Under way: nothing of it is found at its old customer, and what has been filed anew is at its new one.
    await stage.filed();
    expect(await idsOf("steps", one)).toEqual(none);
    expect(await idsOf("steps", two)).toContain(parent.id);
    await stage.ok("updateContact", { params: { id: parent.contactId }, body: { name: "Steps" } });
    await stage.filed();
    expect([await idsOf("steps", one), (await idsOf("steps", two)).has(sub.id)]).toEqual([none, true]);
    // What waits for it looks again every minute.
    stage.advance(60_000);
    expect(await stage.sweep()).toEqual({ done: 0 });

    stage.advance(10 * 60_000);
    await stage.invoke("functions/schedule/sweep-tasks.ts", {});
    for (let more = await stage.next(); wakes(more).length > 0; more = await stage.next()) await workAt(stage, more);
    expect((await stage.item(from.id)).moveId).toBeUndefined();
    await stage.filed();
    stage.advance(60_000);
    expect(await stage.sweep()).toEqual({ done: 1 });
    expect(await idsOf("steps", two)).toEqual(new Set([parent.id, sub.id, ...devices]));
    expect(await stage.amiss()).toEqual([]);
  });

  test("with others when its customer is merged or split, is found where it has gone", async () => {
    const [one, two] = [await seller(), await seller()];
    const [a, b] = [await branch(one.id, "merger"), await branch(two.id, "merged")];
    await moveCustomer(b.site.id, a.customer.id);
    await stage.filed();
    const merge = await stage.ended(
      await stage.call("mergeCustomer", {
        params: { id: a.customer.id },
        body: { fromCustomerId: b.customer.id, quotas: "sum", onSamePlan: "sub-account" },
      }),
    );
    expect(merge.status).toBe("succeeded");
    await stage.filed();
    expect(await idsOf("merged", one)).toEqual(new Set([b.account.id, b.device.id, b.site.id]));
    expect(await stage.amiss()).toEqual([]);
    const split = await stage.ended(
      await stage.call("splitCustomer", {
        params: { id: a.customer.id },
        body: {
          accountIds: [b.account.id],
          customer: { name: "Merged and split", email: "split@example.com", country: "DE" },
        },
      }),
    );
    expect(split.status).toBe("succeeded");
    await stage.filed();
    expect((await idsOf("merged", one)).size).toBe(4);
    expect(await stage.amiss()).toEqual([]);
  });
});

test("a device that is moved is found at its new customer, and one that takes over what another had by its reference", async () => {
  const [one, two] = [await seller(), await seller()];
  const [from, to] = [await branch(one.id, "devicer"), await branch(two.id, "devicing")];
  await stage.filed();
  await stage.ended(await stage.call("moveDevices", { body: { ids: [from.device.id], accountId: to.account.id } }));
  await stage.filed();
  expect([(await idsOf("devicer d", one)).size, await idsOf("devicer d", two)]).toEqual([0, new Set([from.device.id])]);
  const [older, newer] = [to.device, from.device];
  await stage.ok("updateDevice", { params: { id: older.id }, body: { externalRef: "heirloom" } });
  await stage.filed();
  await stage.ok("replaceDevice", { params: { id: older.id }, body: { by: newer.id } });
  await stage.filed();
  expect(await idsOf("heirloom", two)).toContain(newer.id);
  expect(await stage.amiss()).toEqual([]);
});

describe("what is purged", () => {
  test("leaves nothing in the index: a customer with all below it, an account with its devices", async () => {
    const own = await seller();
    const { customer } = await branch(own.id, "gone");
    const stays = await branch(own.id, "left");
    const sub = await stage.ok("createAccount", {
      body: { parentAccountId: stays.account.id, username: "gone.too", password },
    });
    await stage.ok("createDevice", { body: { accountId: sub.id, ...stage.machine({ name: "gone too" }) } });
    await stage.filed();
    await stage.remove(customer);
    await stage.ok("deleteAccount", { params: { id: sub.id }, query: { confirm: "gone.too" } });
    await stage.filed();
    expect((await idsOf("gone", own)).size).toBe(2);
    stage.advance(31 * 86_400_000);
    await stage.invoke("functions/schedule/sweep-purges.ts", {});
    await stage.filed();
    stage.advance(60_000);
    await stage.sweep();
    expect(await idsOf("gone", own)).toEqual(none);
    expect(await idsOf("left", own)).toEqual(stays.all);
    expect(await stage.amiss()).toEqual([]);
  });
});
