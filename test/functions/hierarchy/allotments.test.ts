import { beforeAll, describe, expect, test } from "vitest";
import { type Book, expectRefusal, gigabyte, openBook } from "../stages/book.ts";

let book: Book;
beforeAll(async () => {
  book = await openBook();
});

const kinds = {
  space: {
    limit: (value: number | null) => ({ space: { limitBytes: value } }),
    path: "space.limitBytes",
    committed: (customer: Awaited<ReturnType<Book["get"]>>): number => customer.space.allottedToChildrenBytes,
    free: (customer: Awaited<ReturnType<Book["get"]>>): number | null => customer.space.freeBytes,
  },
  licences: {
    limit: (value: number | null) => ({ licences: { limit: value } }),
    path: "licences.limit",
    committed: (customer: Awaited<ReturnType<Book["get"]>>): number => customer.licences.allottedToChildren,
    free: (customer: Awaited<ReturnType<Book["get"]>>): number | null => customer.licences.available,
  },
};

describe.each(["space", "licences"] as const)("%s (Q1, Q4)", (kind) => {
  const { limit, path, committed, free } = kinds[kind];
  const reseller = (value: number | null, parentId = book.provider.id) =>
    book.create(parentId, { level: "reseller", ...limit(value) });
  const standing = async (id: string) => {
    const customer = await book.get(id);
    return [committed(customer), free(customer)];
  };

  test("an allotment takes from what the parent has free, to the last unit", async () => {
    const { id } = await reseller(100);
    await book.create(id, limit(60));
    expect(await standing(id)).toEqual([60, 40]);
    expectRefusal(await book.tryCreate(id, limit(41)), 422, "allotment_exceeded", path);
    expect(await standing(id)).toEqual([60, 40]);
    await book.create(id, limit(40));
    expect(await standing(id)).toEqual([100, 0]);
    expectRefusal(await book.tryCreate(id, limit(1)), 422, "allotment_exceeded", path);
    expect((await book.tryCreate(id, limit(0))).status).toBe(201);
    expect((await book.tryCreate(id)).status).toBe(201);
    expect(await standing(id)).toEqual([100, 0]);
  });

  test("an allotment below unrestricted levels takes from the nearest restricted ancestor", async () => {
    const distributor = await book.create(book.provider.id, { level: "distributor", ...limit(100) });
    const middle = await book.create(distributor.id, { level: "sub-distributor" });
    const below = await book.create(middle.id);
    const customer = await book.create(below.id, limit(70));
    expect(committed(await book.get(below.id))).toBe(70);
    expect(committed(await book.get(middle.id))).toBe(70);
    expect(await standing(distributor.id)).toEqual([70, 30]);
    expectRefusal(await book.tryCreate(below.id, limit(31)), 422, "allotment_exceeded", path);
    expectRefusal(await book.tryCreate(distributor.id, { level: "reseller", ...limit(31) }), 422, "allotment_exceeded");

    // A limit in between commits itself instead of what passes through.
    expect((await book.patch(below.id, limit(90))).status).toBe(200);
    expect(await standing(distributor.id)).toEqual([90, 10]);
    expect(await standing(below.id)).toEqual([70, 20]);
    expect((await book.patch(customer.id, limit(90))).status).toBe(200);
    expect(await standing(distributor.id)).toEqual([90, 10]);
    expect((await book.patch(below.id, limit(null))).status).toBe(200);
    expect(await standing(distributor.id)).toEqual([90, 10]);
    expect((await book.patch(customer.id, limit(null))).status).toBe(200);
    expect(await standing(distributor.id)).toEqual([0, 100]);
    expect(committed(await book.get(middle.id))).toBe(0);
  });

  test("the provider may be unrestricted, restricted later, but not below what is committed", async () => {
    const before = committed(await book.get(book.provider.id));
    const { id } = await reseller(500);
    expect(committed(await book.get(book.provider.id))).toBe(before + 500);
    expect((await book.get(book.provider.id)).space.limitBytes).toBeNull();
    expectRefusal(await book.patch(book.provider.id, limit(before + 499)), 422, "limit_below_committed", path);
    expect((await book.patch(book.provider.id, limit(before + 500))).status).toBe(200);
    const tooMuch = await book.tryCreate(book.provider.id, { level: "reseller", ...limit(1) });
    expectRefusal(tooMuch, 422, "allotment_exceeded", path);
    expect((await book.patch(id, limit(400))).status).toBe(200);
    expect(await standing(book.provider.id)).toEqual([before + 400, 100]);
    expect((await book.patch(book.provider.id, limit(null))).status).toBe(200);
  });

  test("raising takes the difference, lowering gives it back, and never below what is committed", async () => {
    const { id } = await reseller(100);
    const child = await book.create(id, limit(50));
    await book.create(child.id, limit(20));
    expect((await book.patch(child.id, limit(100))).status).toBe(200);
    expect(await standing(id)).toEqual([100, 0]);
    expectRefusal(await book.patch(child.id, limit(101)), 422, "allotment_exceeded", path);
    expectRefusal(await book.patch(child.id, limit(19)), 422, "limit_below_committed", path);
    expectRefusal(await book.patch(child.id, limit(0)), 422, "limit_below_committed", path);
    expect((await book.patch(child.id, limit(20))).status).toBe(200);
    expect(await standing(id)).toEqual([20, 80]);
    expect(await standing(child.id)).toEqual([20, 0]);
    expectRefusal(await book.patch(id, limit(19)), 422, "limit_below_committed", path);
    expect((await book.patch(id, limit(20))).status).toBe(200);
    expect(await standing(id)).toEqual([20, 0]);
  });

  test("of many at once for the last, as many as fit win, and the counters are exact", async () => {
    const { id } = await reseller(gigabyte);
    await book.create(id, limit(gigabyte - 8));
    const replies = await Promise.all(Array.from({ length: 50 }, () => book.tryCreate(id, limit(3))));
    const won = replies.filter(({ status }) => status === 201);
    expect(won).toHaveLength(2);
    for (const reply of replies) if (reply.status !== 201) expectRefusal(reply, 422, "allotment_exceeded", path);
    expect(await standing(id)).toEqual([gigabyte - 2, 2]);
    const { items } = await book.ok("listCustomers", { query: { parentId: id, limit: "200" } });
    expect(items).toHaveLength(4);
  });

  test("fifty at once for the whole of the last gigabyte: exactly one wins, under a level without a limit too", async () => {
    const { id } = await book.create(book.provider.id, { level: "distributor", ...limit(gigabyte) });
    const between = await book.create(id, { level: "reseller" });
    const replies = await Promise.all(Array.from({ length: 50 }, () => book.tryCreate(between.id, limit(gigabyte))));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 49 }, () => 422)]);
    expect(await standing(id)).toEqual([gigabyte, 0]);
    expect(committed(await book.get(between.id))).toBe(gigabyte);
  });

  test("a limit lowered while children are allotted never ends below what is committed", async () => {
    const { id } = await reseller(100);
    await Promise.all([
      ...Array.from({ length: 10 }, () => book.tryCreate(id, limit(10))),
      ...[50, 60, 70].map((value) => book.patch(id, limit(value))),
    ]);
    const { items } = await book.ok("listCustomers", { query: { parentId: id } });
    const sum = items.reduce(
      (total: number, child: { space: { limitBytes: number | null }; licences: { limit: number | null } }) =>
        total + ((kind === "space" ? child.space.limitBytes : child.licences.limit) ?? 0),
      0,
    );
    const after = await book.get(id);
    const own = kind === "space" ? after.space.limitBytes : after.licences.limit;
    expect([50, 60, 70, 100]).toContain(own);
    expect(committed(after)).toBe(sum);
    expect(sum).toBeLessThanOrEqual(own);
    expect(free(after)).toBe(own - sum);
  });
});

test("the licences available are those of the nearest restricted pool, own or above", async () => {
  const distributor = await book.create(book.provider.id, { level: "distributor", licences: { limit: 10 } });
  const reseller = await book.create(distributor.id, { level: "reseller" });
  const own = await book.create(reseller.id, { licences: { limit: 4 } });
  const drawing = await book.create(reseller.id);
  const available = async (id: string) => (await book.get(id)).licences.available;
  expect([await available(own.id), await available(drawing.id), await available(reseller.id)]).toEqual([4, 6, 6]);
});

test("space and licences in one change are made together or not at all", async () => {
  const reseller = await book.create(book.provider.id, {
    level: "reseller",
    space: { limitBytes: 100 },
    licences: { limit: 10 },
  });
  const both = { space: { limitBytes: 50 }, licences: { limit: 11 } };
  expectRefusal(await book.tryCreate(reseller.id, both), 422, "allotment_exceeded", "licences.limit");
  expect((await book.get(reseller.id)).space.allottedToChildrenBytes).toBe(0);
  const child = await book.create(reseller.id, { space: { limitBytes: 50 }, licences: { limit: 10 } });
  expect(await book.get(reseller.id)).toMatchObject({ space: { freeBytes: 50 }, licences: { available: 0 } });
  const changed = await book.patch(child.id, { space: { limitBytes: 100 }, licences: { limit: null } });
  expect(changed.status).toBe(200);
  expect(await book.get(reseller.id)).toMatchObject({ space: { freeBytes: 0 }, licences: { available: 10 } });
});
