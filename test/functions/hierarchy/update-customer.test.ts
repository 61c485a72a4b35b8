import { beforeAll, describe, expect, test } from "vitest";
import { type Book, expectRefusal, maxSafe, openBook } from "../stages/book.ts";

let book: Book;
let line: Awaited<ReturnType<Book["line"]>>;
beforeAll(async () => {
  book = await openBook();
  line = await book.line();
});

test("changes what is named, keeps the rest, and counts the version", async () => {
  const before = await book.create(line.reseller.id, { city: "Bern", phone: "1", tags: ["a"] });
  book.advance(1_000);
  const { status, body, headers } = await book.patch(before.id, { city: "Basel", tags: ["b", "c"] });
  expect(status).toBe(200);
  expect(headers["etag"]).toBe('"2"');
  expect(body).toEqual({ ...before, city: "Basel", tags: ["b", "c"], version: 2, updatedAt: body.updatedAt });
  expect(Date.parse(body.updatedAt)).toBeGreaterThanOrEqual(Date.parse(before.updatedAt) + 1_000);
  expect(await book.get(before.id)).toEqual(body);
});

test("null clears (merge patch)", async () => {
  const full = {
    contactName: "A",
    address: "B",
    city: "C",
    postcode: "D",
    phone: "E",
    fax: "F",
    notes: "G",
    externalRef: "H",
    timezone: "Europe/Berlin",
    locale: "de",
    branding: { color: "#000000" },
    deviceLimit: 3,
  };
  const { id } = await book.create(line.reseller.id, {
    ...full,
    tags: ["x"],
    space: { limitBytes: 10, softLimitBytes: 5 },
    licences: { limit: 4 },
  });
  const nulls = Object.fromEntries(Object.keys(full).map((field) => [field, null]));
  const { body } = await book.patch(id, { ...nulls, tags: null });
  expect(body).toMatchObject({ ...nulls, tags: [], space: { limitBytes: 10, softLimitBytes: 5 } });
  const cleared = await book.patch(id, { space: { limitBytes: null }, licences: { limit: null } });
  expect(cleared.body).toMatchObject({ space: { limitBytes: null, softLimitBytes: 5 }, licences: { limit: null } });
  expect((await book.get(id)).space.softLimitBytes).toBe(5);
  for (const field of ["name", "email", "country", "serviceType", "autoAuthorize"])
    expectRefusal(await book.patch(id, { [field]: null }), 400, "invalid_request", field);
});

test("a patch that changes nothing writes nothing", async () => {
  const before = await book.create(line.reseller.id, { city: "Bern", space: { limitBytes: 10 } });
  book.advance(1_000);
  const same = { name: before.name, city: "Bern", space: { limitBytes: 10 }, level: "end-customer" };
  for (const patch of [{}, same]) expect((await book.patch(before.id, patch)).body).toEqual(before);
  const { items } = await book.ok("listLog", { params: { id: before.id }, query: { only: "node" } });
  expect(items.map(({ type }: { type: string }) => type)).toEqual(["CustomerCreated"]);
});

test("whoever does not see the parent of its own customer is not told which one it is", async () => {
  const { token } = await book.key(line.reseller.id);
  for (const parentId of [line["sub-distributor"].id, line.distributor.id, line.site.id])
    expectRefusal(await book.patch(line.reseller.id, { parentId }, { token }), 422, "immutable", "parentId");
});

test("what never changes is refused, the same value is not", async () => {
  const { endCustomer, parentId } = { endCustomer: line["end-customer"], parentId: line.reseller.id };
  const other = await book.create(line.distributor.id, { level: "reseller" });
  expectRefusal(await book.patch(endCustomer.id, { level: "site" }), 422, "immutable", "level");
  expectRefusal(await book.patch(endCustomer.id, { parentId: other.id }), 422, "immutable", "parentId");
  expectRefusal(await book.patch(endCustomer.id, { storageLocation: "US" }), 422, "immutable", "storageLocation");
  const same = { level: "end-customer", parentId, storageLocation: "DE" };
  expect((await book.patch(endCustomer.id, same)).status).toBe(200);
  for (const field of ["active", "inTrial", "isDefault", "version", "id", "usedBytes", "path"])
    expectRefusal(await book.patch(endCustomer.id, { [field]: true }), 400, "invalid_request", field);
});

test("another country leaves the storage location where it is (S4)", async () => {
  const { id } = await book.create(line.reseller.id, { country: "NO" });
  expect((await book.patch(id, { country: "AT" })).body).toMatchObject({ country: "AT", storageLocation: "NO" });
  expect((await book.patch(id, { country: "US" })).body).toMatchObject({ country: "US", storageLocation: "NO" });
});

describe("renaming", () => {
  test("frees the old name at once and takes the new one", async () => {
    const customer = await book.create(line.reseller.id, { name: "Old Name" });
    expect((await book.patch(customer.id, { name: "New Name" })).body.name).toBe("New Name");
    expectRefusal(await book.tryCreate(line.reseller.id, { name: "NEW NAME" }), 409, "name_taken", "name");
    const heir = await book.create(line.reseller.id, { name: "old name" });
    const { items } = await book.ok("listCustomers", { query: { parentId: line.reseller.id, name: "old name" } });
    expect(items.map(({ id }: { id: string }) => id)).toEqual([heir.id]);
    expectRefusal(await book.patch(customer.id, { name: "Old Name" }), 409, "name_taken", "name");
    expect((await book.get(customer.id)).name).toBe("New Name");
  });

  test("to another spelling of the same name is no new name", async () => {
    const customer = await book.create(line.reseller.id, { name: "spelling one" });
    const renamed = await book.patch(customer.id, { name: "Spelling  ONE" });
    expect([renamed.status, renamed.body.name]).toEqual([200, "Spelling  ONE"]);
    const { items } = await book.ok("listCustomers", { query: { parentId: line.reseller.id, name: "spelling one" } });
    expect(items.map(({ name }: { name: string }) => name)).toEqual(["Spelling  ONE"]);
    expectRefusal(await book.tryCreate(line.reseller.id, { name: "spelling one" }), 409, "name_taken", "name");
  });

  test("two customers to one name at once: exactly one gets it", async () => {
    const [one, other] = [await book.create(line.reseller.id), await book.create(line.reseller.id)];
    const replies = await Promise.all([
      book.patch(one.id, { name: "Wanted" }),
      book.patch(other.id, { name: "ＷＡＮＴＥＤ" }),
    ]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test("two customers swap names through a third", async () => {
    const [one, other] = [
      await book.create(line.reseller.id, { name: "Swap A" }),
      await book.create(line.reseller.id, { name: "Swap B" }),
    ];
    expectRefusal(await book.patch(one.id, { name: "Swap B" }), 409, "name_taken", "name");
    for (const [id, name] of [
      [one.id, "Swap C"],
      [other.id, "Swap A"],
      [one.id, "Swap B"],
    ])
      expect((await book.patch(id, { name })).status).toBe(200);
    expect([(await book.get(one.id)).name, (await book.get(other.id)).name]).toEqual(["Swap B", "Swap A"]);
  });
});

test("an external reference that changes frees the old one", async () => {
  const one = await book.create(line.reseller.id, { externalRef: "ref-1" });
  const other = await book.create(line.reseller.id, { externalRef: "ref-2" });
  expectRefusal(await book.patch(other.id, { externalRef: "ref-1" }), 409, "external_ref_taken", "externalRef");
  expect((await book.patch(one.id, { externalRef: "ref-3" })).status).toBe(200);
  expect((await book.patch(other.id, { externalRef: "ref-1" })).status).toBe(200);
  const find = async (externalRef: string) =>
    (await book.ok("listCustomers", { query: { parentId: line.reseller.id, externalRef } })).items.map(
      ({ id }: { id: string }) => id,
    );
  expect([await find("ref-1"), await find("ref-2"), await find("ref-3")]).toEqual([[other.id], [], [one.id]]);
});

test("changes at once are both made, one after the other", async () => {
  const { id } = await book.create(line.reseller.id);
  const patches = [{ city: "Bern" }, { phone: "1" }, { fax: "2" }, { notes: "3" }];
  const replies = await Promise.all(patches.map((patch) => book.patch(id, patch)));
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(await book.get(id)).toMatchObject({ ...Object.assign({}, ...patches), version: 5 });
});

test("with If-Match, exactly one of several changes at once is made", async () => {
  const { id } = await book.create(line.reseller.id);
  const replies = await Promise.all(
    ["a", "b", "c"].map((city) => book.patch(id, { city }, { headers: { "if-match": '"1"' } })),
  );
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  expect((await book.get(id)).version).toBe(2);
});

test("what the level above decides cannot be changed for the caller's own customer", async () => {
  const { token } = await book.key(line.reseller.id);
  const own = [
    { space: { limitBytes: null } },
    { licences: { limit: 5 } },
    { deviceLimit: 7 },
    { serviceType: "software-only" },
    { servicesToProvide: ["all-inclusive"] },
  ];
  for (const body of own) expectRefusal(await book.patch(line.reseller.id, body, { token }), 403, "forbidden");
  expect((await book.patch(line.reseller.id, { city: "Bern" }, { token })).status).toBe(200);
  expect((await book.patch(line["end-customer"].id, { deviceLimit: 7 }, { token })).status).toBe(200);
  expect((await book.patch(book.provider.id, { deviceLimit: maxSafe })).status).toBe(200);
});

test("nothing of a customer that is deleted can be changed, nor of one below it", async () => {
  const reseller = await book.create(line.distributor.id, { level: "reseller" });
  const below = await book.create(reseller.id);
  await book.remove(reseller);
  for (const { id } of [reseller, below]) {
    expectRefusal(await book.patch(id, { city: "Bern" }), 409, "customer_deleted");
    const settings = { params: { id }, body: { throttle: { mode: "inherit" } } };
    expectRefusal(await book.call("updateSettings", settings), 409, "customer_deleted");
    expectRefusal(await book.call("deactivateCustomer", { params: { id } }), 409, "customer_deleted");
    expectRefusal(await book.call("activateCustomer", { params: { id } }), 409, "customer_deleted");
    const key = { customerId: id, role: "viewer", name: "late" };
    expectRefusal(await book.call("createApiKey", { body: key }), 409, "customer_deleted");
  }
});

describe("service types", () => {
  test("a type that a child uses or provides cannot be withdrawn; one that no child needs can", async () => {
    const reseller = await book.create(line.distributor.id, { level: "reseller" });
    const child = await book.create(reseller.id, { serviceType: "software-only" });
    const narrow = { servicesToProvide: ["all-inclusive"] };
    expectRefusal(await book.patch(reseller.id, narrow), 409, "service_type_in_use", "servicesToProvide");
    const withoutDefault = { servicesToProvide: ["software-only"], serviceType: "software-only" };
    expectRefusal(await book.patch(reseller.id, withoutDefault), 409, "service_type_in_use");
    await book.patch(child.id, { serviceType: "all-inclusive" });
    expect((await book.patch(reseller.id, narrow)).body.servicesToProvide).toEqual(["all-inclusive"]);
    expectRefusal(await book.tryCreate(reseller.id, { serviceType: "software-only" }), 422, "service_type_not_allowed");
    expect((await book.patch(reseller.id, { servicesToProvide: ["all-inclusive", "software-only"] })).status).toBe(200);
  });

  test("a type in a child's set is in use, until the child is deleted", async () => {
    const distributor = await book.create(line.distributor.id, { level: "sub-distributor" });
    const reseller = await book.create(distributor.id);
    const narrow = { servicesToProvide: ["all-inclusive"] };
    expectRefusal(await book.patch(distributor.id, narrow), 409, "service_type_in_use", "servicesToProvide");
    await book.remove(reseller);
    expect((await book.patch(distributor.id, narrow)).status).toBe(200);
  });

  test("a change to what the parent does not provide is refused", async () => {
    const reseller = await book.create(line.distributor.id, {
      level: "reseller",
      servicesToProvide: ["all-inclusive"],
    });
    const child = await book.create(reseller.id);
    const reply = await book.patch(child.id, { serviceType: "software-only" });
    expectRefusal(reply, 422, "service_type_not_allowed", "serviceType");
    expectRefusal(await book.patch(child.id, { servicesToProvide: ["all-inclusive"] }), 422, "not_applicable");
  });
});
