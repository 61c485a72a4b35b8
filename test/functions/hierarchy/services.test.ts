import { beforeAll, describe, expect, test } from "vitest";
import { accountComplaints } from "../../model/account-invariants.ts";
import { dump } from "../../model/invariants.ts";
import { allPages, type Book, expectRefusal, openBook } from "../stages/book.ts";

let book: Book;
let line: Awaited<ReturnType<Book["line"]>>;
beforeAll(async () => {
  book = await openBook();
  line = await book.line();
});

const unitPrice = { amount: 450, currency: "EUR" };
const create = (more: object = {}, options?: object) =>
  book.call(
    "createService",
    { body: { customerId: line["end-customer"].id, name: "Support", unitPrice, ...more } },
    options,
  );
const get = (id: string) => book.ok("getService", { params: { id } });
const update = (id: string, body: object, options?: object) =>
  book.call("updateService", { params: { id }, body }, options);
const end = (id: string, options?: object) => book.call("deleteService", { params: { id } }, options);
const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id);

describe("a billing-only service (A8)", () => {
  test("has a name, a quantity, one unless it is said, and a price of each", async () => {
    const reply = await create();
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      customerId: line["end-customer"].id,
      name: "Support",
      quantity: 1,
      unitPrice,
      endedAt: null,
      version: 1,
    });
    expect(reply.headers["location"]).toBe(`/v1/services/${reply.body.id}`);
    expect(await get(reply.body.id)).toEqual(reply.body);
    const discount = { quantity: 12, unitPrice: { amount: -100, currency: "JPY" } };
    expect((await create(discount)).body).toMatchObject(discount);
  });

  test.each([
    [{ name: "" }, "name"],
    [{ quantity: 0 }, "quantity"],
    [{ quantity: 1_000_001 }, "quantity"],
    [{ quantity: 1.5 }, "quantity"],
    [{ unitPrice: { amount: 1.5, currency: "EUR" } }, "unitPrice.amount"],
    [{ unitPrice: { amount: 1, currency: "eur" } }, "unitPrice.currency"],
    [{ unitPrice: { amount: 1, currency: "XYZ" } }, "unitPrice.currency"],
    [{ unitPrice: undefined }, "unitPrice"],
    [{ endedAt: null }, "endedAt"],
  ])("has its form: not %j", async (more, path) => {
    expectRefusal(await create(more), 400, "invalid_request", path);
  });

  test("is changed in part, and is the same where nothing differs", async () => {
    const { id } = (await create()).body;
    expect((await update(id, { quantity: 3 })).body).toMatchObject({
      name: "Support",
      quantity: 3,
      unitPrice,
      version: 2,
    });
    const changed = (await update(id, { name: "Hotline", unitPrice: { ...unitPrice, amount: 5 } })).body;
    expect(changed).toMatchObject({
      name: "Hotline",
      quantity: 3,
      unitPrice: { amount: 5, currency: "EUR" },
      version: 3,
    });
    expect((await update(id, { quantity: 3, name: "Hotline" })).body).toEqual(changed);
    expect(await get(id)).toEqual(changed);
    expectRefusal(await update(id, { unitPrice: { amount: 5 } }), 400, "invalid_request", "unitPrice.currency");
  });

  test("that ends is kept among those that have ended, and changes no more; again is no error", async () => {
    const { id: customerId } = await book.create(line.reseller.id);
    const [kept, ended] = [(await create({ customerId })).body, (await create({ customerId })).body];
    const gone = (await end(ended.id)).body;
    expect(gone).toMatchObject({ version: 2, endedAt: expect.any(String) });
    expect((await end(ended.id)).body).toEqual(gone);
    expect(await get(ended.id)).toEqual(gone);
    expectRefusal(await update(ended.id, { quantity: 2 }), 422, "immutable");
    expect(idsOf(await book.ok("listServices", { query: { customerId } }))).toEqual([kept.id]);
    expect(idsOf(await book.ok("listServices", { query: { customerId, ended: "true" } }))).toEqual([ended.id]);
    expect(accountComplaints(await dump(book.table))).toEqual([]);
  });

  test("needs the version that a change was worked out from, where one is named", async () => {
    const { id } = (await create()).body;
    const stale = { headers: { "if-match": '"2"' } };
    expectRefusal(await update(id, { quantity: 2 }, stale), 412, "precondition_failed");
    expectRefusal(await end(id, stale), 412, "precondition_failed");
  });

  test("changed by many at once has had each change once; ended in the same moment it stays ended", async () => {
    const { id } = (await create()).body;
    const replies = await Promise.all([2, 3, 4, 5].map((quantity) => update(id, { quantity })));
    expect(replies.map(({ body }) => body.version).sort()).toEqual([2, 3, 4, 5]);
    const [ended, ...changes] = await Promise.all([end(id), ...[6, 7, 8].map((quantity) => update(id, { quantity }))]);
    expect(ended.status).toBe(200);
    for (const reply of changes) if (reply.status !== 200) expectRefusal(reply, 422, "immutable");
    expect((await get(id)).endedAt).not.toBeNull();
  });

  test("is told by the log", async () => {
    const { id } = (await create()).body;
    await update(id, { quantity: 2 });
    await end(id);
    const { items } = await book.ok("listLog", { params: { id: line.reseller.id }, query: { limit: "3" } });
    expect(items.map(({ type, node }: { type: string; node: { id: string } }) => [type, node.id])).toEqual([
      ["ServiceEnded", id],
      ["ServiceUpdated", id],
      ["ServiceCreated", id],
    ]);
  });

  test("is listed with the others of its customer, oldest first, page by page", async () => {
    const { id: customerId } = await book.create(line.reseller.id);
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.push((await create({ customerId })).body.id);
    const { items, pages } = await allPages(book, "listServices", { query: { customerId, limit: "2" } });
    expect([idsOf({ items: items as { id: string }[] }), pages.length]).toEqual([made, 3]);
  });
});

describe("who makes prices", () => {
  test("is not the customer that pays them: credentials of end-customers and sites read", async () => {
    const { id } = (await create()).body;
    for (const scope of [line["end-customer"], line.site]) {
      const { token } = await book.key(scope.id);
      expectRefusal(await create({ customerId: scope.id }, { token }), 403, "forbidden");
    }
    const { token } = await book.key(line["end-customer"].id);
    expectRefusal(await update(id, { unitPrice: { ...unitPrice, amount: 1 } }, { token }), 403, "forbidden");
    expectRefusal(await end(id, { token }), 403, "forbidden");
    expect(await book.ok("getService", { params: { id } }, { token })).toMatchObject({ version: 1, endedAt: null });
  });

  test("is every admin that sells to it; operators and viewers have no part in billing", async () => {
    for (const level of ["reseller", "sub-distributor", "distributor"] as const) {
      const { token } = await book.key(line[level].id);
      const { id } = (await create({}, { token })).body;
      expect((await end(id, { token })).status).toBe(200);
      for (const role of ["operator", "viewer"] as const) {
        const other = { token: (await book.key(line[level].id, role)).token };
        expectRefusal(await create({}, other), 403, "forbidden");
        expectRefusal(await book.call("getService", { params: { id } }, other), 403, "forbidden");
        expectRefusal(await book.call("listServices", {}, other), 403, "forbidden");
      }
    }
  });

  test("is nobody for a customer that is deleted", async () => {
    const customer = await book.create(line.reseller.id);
    const { id } = (await create({ customerId: customer.id })).body;
    await book.remove(customer);
    expectRefusal(await create({ customerId: customer.id }), 409, "customer_deleted");
    expectRefusal(await update(id, { quantity: 2 }), 409, "customer_deleted");
    expectRefusal(await end(id), 409, "customer_deleted");
    expect((await get(id)).endedAt).toBeNull();
  });

  test("reaches no other branch: a service there is like one that does not exist", async () => {
    const beside = await book.create(book.provider.id, { level: "reseller" });
    const { id: foreign } = (await create({ customerId: beside.id })).body;
    const { token } = await book.key(line.reseller.id);
    for (const [operation, body] of [
      ["getService", undefined],
      ["updateService", { quantity: 2 }],
      ["deleteService", undefined],
    ] as const) {
      const [one, other] = await Promise.all(
        [foreign, "svc_01JZX0N4Y8M1Q2R3S4T5V6W7X8"].map((id) =>
          book.call(operation, { params: { id }, body }, { token }),
        ),
      );
      expect([one?.status, { ...one?.body, requestId: "" }]).toEqual([404, { ...other?.body, requestId: "" }]);
    }
    expectRefusal(await create({ customerId: beside.id }, { token }), 404, "not_found");
  });
});
