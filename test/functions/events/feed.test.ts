import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { type Hooks, logsOf, openHooks } from "../stages/hooks.ts";

type Body = Reply["body"];

let hooks: Hooks;
let reseller: Body;
let token: string;
beforeAll(async () => {
  hooks = await openHooks();
});
beforeEach(async () => {
  reseller = await hooks.create(hooks.provider.id, { level: "reseller" });
  ({ token } = await hooks.key(reseller.id));
  await hooks.flow();
});

const ask = (query: Record<string, string> = {}, by = token): Promise<Body> =>
  hooks.ok("listEvents", { query }, { token: by });
const names = ({ items }: Body): string[] => items.map(({ type, node }: Body) => `${type} ${node.name}`);
/** All pages from a cursor on. */
async function rest(query: Record<string, string> = {}, by = token): Promise<{ items: Body[]; cursor: string }> {
  const items: Body[] = [];
  for (let page = await ask(query, by); ; page = await ask({ ...query, cursor: page.nextCursor }, by)) {
    items.push(...page.items);
    if (page.nextCursor === null) return { items, cursor: page.resumeCursor };
  }
}

describe("events", () => {
  test("are listed page by page in the order in which they were filed, and again from where a list ended", async () => {
    const { cursor: start } = await rest();
    const made: string[] = [];
    for (let nth = 0; nth < 5; nth += 1) made.push((await hooks.create(reseller.id)).name);
    await hooks.flow();
    const { items, cursor } = await rest({ limit: "2", cursor: start });
    expect(names({ items })).toEqual(made.map((name) => `CustomerCreated ${name}`));
    expect(await ask({ cursor })).toMatchObject({ items: [], nextCursor: null });
    const later = await hooks.create(reseller.id);
    await hooks.flow();
    expect(names(await ask({ cursor }))).toEqual([`CustomerCreated ${later.name}`]);
    // Cursors without a limit go on where those with one ended.
    expect((await rest()).items.length).toBeGreaterThanOrEqual(7);
  });

  test("that are filed late, or twice, are listed once behind what has been listed", async () => {
    const customer = await hooks.create(reseller.id);
    await hooks.flow();
    const { cursor } = await rest();
    await hooks.patch(customer.id, { phone: "1" });
    const late = logsOf(await hooks.stream.next());
    await hooks.patch(customer.id, { phone: "2" });
    await hooks.flow();
    const first = await ask({ cursor });
    expect(first.items).toHaveLength(1);
    for (const _ of [1, 2]) await hooks.file(late);
    await hooks.flow();
    const second = await ask({ cursor: first.resumeCursor });
    expect(second.items).toHaveLength(1);
    expect(second.items[0].at < first.items[0].at).toBe(true);
    expect((await ask({ cursor: second.resumeCursor })).items).toEqual([]);
  });

  test("filed by many at once have one number each", async () => {
    const { cursor } = await rest();
    for (let nth = 0; nth < 12; nth += 1) await hooks.create(reseller.id);
    const records = logsOf(await hooks.stream.next());
    await Promise.all(records.flatMap((record) => [hooks.file([record]), hooks.file([record])]));
    await hooks.flow();
    const { items } = await rest({ cursor });
    expect(new Set(items.map(({ id }) => id)).size).toBe(12);
    expect(items).toHaveLength(12);
  });

  test("wait behind a number that is just being given", async () => {
    const { cursor } = await rest();
    await hooks.create(reseller.id);
    await hooks.flow();
    const [seen] = (await ask({ cursor })).items;
    const Item = {
      pk: `EVENTS#${reseller.id}`,
      sk: "000000000000900",
      kind: "event",
      id: seen.id,
      type: seen.type,
      at: seen.at,
      chain: [reseller.id],
      filedAt: new Date(hooks.now()).toISOString(),
    };
    await hooks.table.documents.send(new PutCommand({ TableName: hooks.table.tableName, Item }));
    const page = await ask({ cursor });
    expect(page.items).toHaveLength(1);
    hooks.advance(2 * 60_000);
    expect((await rest({ cursor: page.resumeCursor })).items).toHaveLength(1);
  });

  test("of some types, or of a customer below, are listed alone", async () => {
    const [one, other] = [await hooks.create(reseller.id), await hooks.create(reseller.id)];
    await hooks.patch(one.id, { phone: "1" });
    await hooks.flow();
    const updated = await rest({ types: "CustomerUpdated,CustomerDeleted" });
    expect(names(updated)).toEqual([`CustomerUpdated ${one.name}`]);
    expect(names(await rest({ customerId: other.id }))).toEqual([`CustomerCreated ${other.name}`]);
    expectRefusal(await hooks.call("listEvents", { query: { types: "Nothing" } }, { token }), 400, "invalid_request");
  });

  test("are those of the caller's branch, as it may see them", async () => {
    const beside = await hooks.create(hooks.provider.id, { level: "reseller" });
    const customer = await hooks.create(beside.id);
    await hooks.flow();
    expect(names(await rest()).filter((name) => name.endsWith(customer.name))).toEqual([]);
    const foreign = await hooks.call("listEvents", { query: { customerId: customer.id } }, { token });
    expectRefusal(foreign, 404, "not_found");
    await hooks.ok("moveCustomer", { params: { id: customer.id }, body: { parentId: reseller.id } });
    await hooks.flow();
    const own = await rest({ customerId: customer.id });
    expect(names(own)).toEqual([`CustomerArrived ${customer.name}`]);
    expect(own.items[0].actor.id).toBeNull();
  });

  test("of more than 30 days ago are listed no more", async () => {
    await hooks.create(reseller.id);
    await hooks.flow();
    expect((await rest()).items.length).toBeGreaterThan(0);
    const longer = await hooks.key(reseller.id);
    hooks.advance(31 * dayMs);
    expect((await rest({}, longer.token)).items).toEqual([]);
  });
});
