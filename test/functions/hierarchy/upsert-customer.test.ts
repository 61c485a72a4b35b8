import { beforeAll, expect, test } from "vitest";
import { type Book, expectRefusal, openBook } from "../stages/book.ts";

let book: Book;
let reseller: Awaited<ReturnType<Book["create"]>>;
beforeAll(async () => {
  book = await openBook();
  reseller = await book.create(book.provider.id, { level: "reseller", space: { limitBytes: 1_000 } });
});
const upsert = (body: object, options = {}) => book.call("upsertCustomer", { body }, options);

test("creates the customer the first time and changes it afterwards", async () => {
  const body = book.input({ parentId: reseller.id, externalRef: "U-1", city: "Bern", space: { limitBytes: 100 } });
  const first = await upsert(body);
  expect([first.status, first.body.version]).toEqual([201, 1]);
  const again = await upsert(body);
  expect([again.status, again.body]).toEqual([200, first.body]);
  const changed = await upsert({ ...body, city: "Basel", space: { limitBytes: 300 } });
  expect(changed.status).toBe(200);
  expect(changed.body).toMatchObject({ id: first.body.id, city: "Basel", version: 2, space: { limitBytes: 300 } });
  expect((await book.get(reseller.id)).space.allottedToChildrenBytes).toBe(300);
});

test("needs a reference, and keeps what is not said", async () => {
  expectRefusal(await upsert(book.input({ parentId: reseller.id })), 400, "invalid_request", "externalRef");
  const body = book.input({ parentId: reseller.id, externalRef: "U-2" });
  await upsert({ ...body, phone: "1", tags: ["a"], deviceLimit: 4 });
  expect((await upsert(body)).body).toMatchObject({ phone: "1", tags: ["a"], deviceLimit: 4, version: 1 });
});

test("refuses what only a new customer can be given", async () => {
  const body = book.input({ parentId: reseller.id, externalRef: "U-3", inTrial: true, active: false });
  expect((await upsert(body)).status).toBe(201);
  expect((await upsert(body)).status).toBe(200);
  expectRefusal(await upsert({ ...body, inTrial: false }), 422, "immutable", "inTrial");
  expectRefusal(await upsert({ ...body, active: true }), 422, "immutable", "active");
  expectRefusal(await upsert({ ...body, country: "US", storageLocation: "US" }), 422, "immutable", "storageLocation");
});

test("takes `inTrial` from a program that has always sent it, also once the trial is over, and begins none", async () => {
  const body = book.input({ parentId: reseller.id, externalRef: "U-T1", inTrial: true });
  const { body: made } = await upsert(body);
  await book.ok("endTrial", { params: { id: made.id } });
  const again = await upsert({ ...body, city: "Basel" });
  expect([again.status, again.body.trial, again.body.city]).toEqual([200, null, "Basel"]);
  expect((await upsert({ ...body, city: "Basel", inTrial: false })).body).toEqual(again.body);
  const paying = { ...body, externalRef: "U-T2", name: book.freshName(), inTrial: false };
  await upsert(paying);
  expectRefusal(await upsert({ ...paying, inTrial: true }), 422, "immutable", "inTrial");
});

test("refuses as create and update do", async () => {
  const body = book.input({ parentId: reseller.id, externalRef: "U-4" });
  const taken = await book.create(reseller.id);
  expectRefusal(await upsert({ ...body, name: taken.name }), 409, "name_taken", "name");
  expectRefusal(await upsert({ ...body, space: { limitBytes: 1_001 } }), 422, "allotment_exceeded", "space.limitBytes");
  const { body: made } = await upsert(body);
  expectRefusal(await upsert({ ...body, name: taken.name }), 409, "name_taken", "name");
  expectRefusal(await upsert({ ...body, space: { limitBytes: 1_001 } }), 422, "allotment_exceeded", "space.limitBytes");
  await book.remove(made);
  expectRefusal(await upsert(body), 409, "customer_deleted");
});

test("by several at once makes one customer", async () => {
  const body = { parentId: reseller.id, externalRef: "U-5", email: "a@example.com", country: "DE" };
  const name = book.freshName();
  const replies = await Promise.all(Array.from({ length: 5 }, () => upsert({ ...body, name })));
  const made = replies.filter(({ status }) => status === 201);
  expect(made).toHaveLength(1);
  for (const reply of replies) expect([reply.status < 300, reply.body.id]).toEqual([true, made[0]?.body.id]);
});

test("with a stale If-Match is refused, with the current one made", async () => {
  const body = book.input({ parentId: reseller.id, externalRef: "U-6" });
  await upsert(body);
  expectRefusal(
    await upsert({ ...body, city: "Bern" }, { headers: { "if-match": '"2"' } }),
    412,
    "precondition_failed",
  );
  expect((await upsert({ ...body, city: "Bern" }, { headers: { "if-match": '"1"' } })).body.version).toBe(2);
});
