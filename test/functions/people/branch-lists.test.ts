import { beforeAll, expect, test } from "vitest";
import { expectRefusal } from "../stages/book.ts";
import { openPeople, type People } from "../stages/people.ts";

let people: People;
beforeAll(async () => {
  people = await openPeople();
});

type Operation = "listUsers" | "listApiKeys";
const lists = ["listUsers", "listApiKeys"] as const;

/** All that a list over a branch holds, page by page. */
async function allOf(operation: Operation, token: string, query: Record<string, string> = {}) {
  const items: { id: string; customerId: string }[] = [];
  let pages = 0;
  for (let cursor: string | null = null; ; pages += 1) {
    const asked = { branch: "true", ...query, ...(cursor !== null && { cursor }) };
    const page = await people.ok(operation, { query: asked }, { token });
    expect(page.items.length).toBeLessThanOrEqual(Number(query["limit"] ?? 50));
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) return { items, pages: pages + 1, ids: items.map(({ id }) => id) };
  }
}
let made = 0;
const make = async (operation: Operation, customerId: string): Promise<string> => {
  if (operation === "listApiKeys") return (await people.key(customerId, "viewer")).id;
  made += 1;
  const email = `branch.${made}@example.com`;
  const body = { customerId, role: "viewer", name: "Ann", email, password: "a meadow full of cranes" };
  return (await people.ok("createUser", { body })).id;
};

test.each(lists)("%s lists a whole branch by one cursor, whatever the size of the pages", async (operation) => {
  const { reseller } = await people.line();
  const below = [];
  for (const name of ["c", "a", "b"])
    below.push(await people.create(reseller.id, { level: "end-customer", name: people.freshName(name) }));
  const [c = reseller, a = reseller, b = reseller] = below;
  const site = await people.create(a.id, { level: "site" });
  const { token, id: own } = await people.key(reseller.id, "admin");
  const expected: string[] = operation === "listApiKeys" ? [own] : [];
  for (const customer of [reseller, a, site, c])
    for (let nth = 0; nth < 3; nth += 1) expected.push(await make(operation, customer.id));
  expect(b.id).toMatch(/^cus_/);
  const whole = await allOf(operation, token);
  expect([...whole.ids].toSorted()).toEqual(expected.toSorted());
  // Oldest first for each customer; customers in the order of the tree.
  expect(whole.ids).toEqual(expected);
  expect(
    new Set(
      whole.items.map((item) => Object.keys(item).includes(operation === "listUsers" ? "lastLoginAt" : "lastUsedAt")),
    ),
  ).toEqual(new Set([true]));
  for (const limit of ["1", "2", "3", "4", "200"])
    expect([limit, (await allOf(operation, token, { limit })).ids]).toEqual([limit, expected]);
  const inner = await allOf(operation, token, { customerId: a.id });
  expect(new Set(inner.items.map(({ customerId }) => customerId))).toEqual(new Set([a.id, site.id]));
  expect((await people.ok(operation, { query: { customerId: a.id } }, { token })).items).toHaveLength(3);
});

test.each(lists)(
  "%s shows nothing beside the branch, of what was moved away, and of deleted customers",
  async (operation) => {
    const { reseller, distributor } = await people.line();
    const sibling = await people.create(distributor.id, { level: "reseller" });
    const [stays, moved, deleted] = [
      await people.create(reseller.id, { level: "end-customer", name: people.freshName("1 stays") }),
      await people.create(reseller.id, { level: "end-customer", name: people.freshName("2 moved") }),
      await people.create(reseller.id, { level: "end-customer", name: people.freshName("3 deleted") }),
    ];
    const { token } = await people.key(reseller.id, "admin");
    const { token: beside } = await people.key(sibling.id, "admin");
    const before = (await allOf(operation, token)).ids;
    const [kept, gone, dead, foreign] = [
      await make(operation, stays.id),
      await make(operation, moved.id),
      await make(operation, deleted.id),
      await make(operation, sibling.id),
    ];
    expect((await allOf(operation, token)).ids).toEqual([...before, kept, gone, dead]);
    // A cursor that leads into what is moved meanwhile.
    const first = await people.ok(
      operation,
      { query: { branch: "true", limit: String(before.length + 1) } },
      { token },
    );
    expect(first.items.at(-1).id).toBe(kept);
    await people.ok("moveCustomer", { params: { id: moved.id }, body: { parentId: sibling.id } });
    await people.ok("deleteCustomer", { params: { id: deleted.id }, query: { confirm: deleted.name } });
    const query = { branch: "true", limit: String(before.length + 1), cursor: first.nextCursor };
    expect(await people.ok(operation, { query }, { token })).toEqual({ items: [], nextCursor: null });
    expect((await allOf(operation, token)).ids).toEqual([...before, kept]);
    const there = (await allOf(operation, beside)).ids;
    expect(there).toEqual(expect.arrayContaining([gone, foreign]));
    expect(there.filter((id) => [kept, dead].includes(id))).toEqual([]);
    for (const customerId of [sibling.id, moved.id, distributor.id])
      expectRefusal(
        await people.call(operation, { query: { branch: "true", customerId } }, { token }),
        404,
        "not_found",
      );
    // Of another list, another caller, or without the flag it is no cursor.
    const plain = { limit: String(before.length + 1), cursor: first.nextCursor };
    expectRefusal(await people.call(operation, { query: plain }, { token }), 400, "invalid_cursor");
    expectRefusal(await people.call(operation, { query }, { token: beside }), 400, "invalid_cursor");
  },
);

test.each(lists)("%s looks at 200 customers at most for a page, and says where to go on", async (operation) => {
  const { reseller } = await people.line();
  const top = await people.create(reseller.id, { level: "end-customer" });
  for (let nth = 0; nth < 220; nth += 20)
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        people.create(top.id, { level: "site", name: people.freshName(`S${String(nth + at).padStart(3, "0")}`) }),
      ),
    );
  const last = await people.create(top.id, { level: "site", name: people.freshName("T") });
  const { token } = await people.key(reseller.id, "admin");
  const id = await make(operation, last.id);
  const query = { branch: "true", customerId: top.id };
  const { items, nextCursor } = await people.ok(operation, { query }, { token });
  expect([items, typeof nextCursor]).toEqual([[], "string"]);
  expect(await allOf(operation, token, { customerId: top.id })).toMatchObject({ ids: [id], pages: 2 });
});
