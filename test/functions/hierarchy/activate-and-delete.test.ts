import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { type Book, dayMs, expectRefusal, openBook } from "../stages/book.ts";

let book: Book;
beforeAll(async () => {
  book = await openBook();
});
const item = async (pk: string, sk: string) =>
  (await book.table.documents.send(new GetCommand({ TableName: book.table.tableName, Key: { pk, sk } }))).Item;

describe("activation (H7)", () => {
  const turn = (id: string, active: boolean, token = book.token) =>
    book.call(active ? "activateCustomer" : "deactivateCustomer", { params: { id } }, { token });

  test("of any level decides for everything below it", async () => {
    const line = await book.line();
    const chain = [line.distributor, line["sub-distributor"], line.reseller, line["end-customer"], line.site];
    const states = async () => Promise.all(chain.map(async ({ id }) => (await book.get(id)).effectivelyActive));
    for (const [step, { id }] of chain.entries()) {
      const off = await turn(id, false);
      expect([off.status, off.body.active, off.body.effectivelyActive]).toEqual([200, false, false]);
      expect(await states()).toEqual(chain.map((_, below) => below < step));
      expect((await book.get(line.site.id)).active).toBe(step < 4);
      expect((await turn(id, true)).body).toMatchObject({ active: true, effectivelyActive: true });
    }
    expect(await states()).toEqual(chain.map(() => true));
  });

  test("below an inactive level does not make effectively active", async () => {
    const line = await book.line();
    await turn(line.reseller.id, false);
    await turn(line.site.id, false);
    expect((await turn(line.site.id, true)).body).toMatchObject({ active: true, effectivelyActive: false });
    const born = await book.create(line["end-customer"].id);
    expect(born).toMatchObject({ active: true, effectivelyActive: false });
  });

  test("again changes nothing", async () => {
    const { reseller } = await book.line();
    const before = await book.get(reseller.id);
    expect((await turn(reseller.id, true)).body).toEqual(before);
    const off = (await turn(reseller.id, false)).body;
    expect(off.version).toBe(before.version + 1);
    expect((await turn(reseller.id, false)).body).toEqual(off);
  });

  test("of the caller's own customer belongs to the level above", async () => {
    const { reseller, "end-customer": endCustomer } = await book.line();
    const { token } = await book.key(reseller.id);
    for (const active of [true, false]) expectRefusal(await turn(reseller.id, active, token), 403, "forbidden");
    expect((await turn(endCustomer.id, false, token)).status).toBe(200);
  });

  test("of the provider is the provider's own", async () => {
    expect((await turn(book.provider.id, false)).body.effectivelyActive).toBe(false);
    expect((await turn(book.provider.id, true)).body.effectivelyActive).toBe(true);
  });
});

describe("deletion", () => {
  test("needs the name as confirmation, in any spelling of it", async () => {
    const { reseller } = await book.line();
    const remove = (query: Record<string, string>) =>
      book.call("deleteCustomer", { params: { id: reseller.id }, query });
    for (const query of [{}, { confirm: "" }, { confirm: "yes" }, { confirm: `${reseller.name}x` }])
      expectRefusal(await remove(query), 422, "confirmation_required", "confirm");
    expect((await book.get(reseller.id)).deletedAt).toBeNull();
    expect((await remove({ confirm: ` ${reseller.name.toUpperCase()} ` })).status).toBe(200);
  });

  test("marks with the time and the end of the grace period, and sets the timer of the purge", async () => {
    const { reseller } = await book.line();
    const { body, headers } = await book.remove(reseller);
    expect(body).toMatchObject({ active: true, effectivelyActive: false, version: 2 });
    expect(headers["etag"]).toBe('"2"');
    expect(Date.parse(body.purgeAt) - Date.parse(body.deletedAt)).toBe(30 * dayMs);
    expect(Math.abs(Date.parse(body.deletedAt) - Date.now())).toBeLessThan(5_000);
    expect(await item(reseller.id, "timer#purge")).toMatchObject({ timer: "purge", at: body.purgeAt });
    const { preview, ...customer } = body;
    expect(preview).toBeNull();
    expect(await book.get(reseller.id)).toEqual(customer);
  });

  test("follows the provider's grace period", async () => {
    const settings = (graceDays: number | null) =>
      book.ok("updateSettings", { params: { id: book.provider.id }, body: { deletion: { graceDays } } });
    await settings(7);
    const { reseller } = await book.line();
    const { body } = await book.remove(reseller);
    expect(Date.parse(body.purgeAt) - Date.parse(body.deletedAt)).toBe(7 * dayMs);
    await settings(null);
  });

  test("takes the whole branch along by the chain, without writing it", async () => {
    const line = await book.line();
    await book.remove(line.distributor);
    for (const { id } of [line["sub-distributor"], line.reseller, line["end-customer"], line.site])
      expect(await book.get(id)).toMatchObject({ deletedAt: null, effectivelyActive: false, version: 1 });
    expectRefusal(await book.remove(line.site), 409, "customer_deleted");
  });

  test("keeps the name, the reference and the allotment taken", async () => {
    const { reseller, distributor } = await book.line();
    await book.patch(reseller.id, { space: { limitBytes: 100 } });
    const customer = await book.create(reseller.id, {
      name: "Gone but named",
      externalRef: "G",
      space: { limitBytes: 60 },
    });
    await book.remove(customer);
    expectRefusal(
      await book.tryCreate(distributor.id, { level: "reseller", name: "gone BUT named" }),
      409,
      "name_taken",
    );
    expectRefusal(await book.tryCreate(reseller.id, { externalRef: "G" }), 409, "external_ref_taken");
    expect((await book.get(reseller.id)).space).toMatchObject({ allottedToChildrenBytes: 60, freeBytes: 40 });
  });

  test("twice is refused", async () => {
    const { reseller } = await book.line();
    await book.remove(reseller);
    expectRefusal(await book.remove(reseller), 409, "customer_deleted");
  });

  test("is refused for the provider, for a Default Customer and for the caller's own", async () => {
    const { reseller } = await book.line();
    expectRefusal(await book.remove(book.provider), 409, "provider_permanent");
    const { items } = await book.ok("listCustomers", { query: { parentId: reseller.id } });
    const standard = items.find(({ isDefault }: { isDefault: boolean }) => isDefault);
    expectRefusal(await book.remove(standard), 409, "default_customer");
    await book.patch(standard.id, { name: "Renamed default" });
    expectRefusal(await book.remove({ ...standard, name: "Renamed default" }), 409, "default_customer");
    const { token } = await book.key(reseller.id);
    expectRefusal(await book.remove(reseller, { token }), 403, "forbidden");
  });

  test("ends the keys of the branch at once, on the customer and below it", async () => {
    const line = await book.line();
    const own = await book.key(line.reseller.id);
    const below = await book.key(line["end-customer"].id);
    for (const { token } of [own, below]) expect((await book.call("me", {}, { token })).status).toBe(200);
    await book.remove(line.reseller);
    for (const { token } of [own, below])
      for (const [id, request] of [
        ["me", {}],
        ["listCustomers", {}],
        ["getCustomer", { params: { id: line["end-customer"].id } }],
        ["createCustomer", { body: book.input() }],
        ["listApiKeys", {}],
      ] as const)
        expectRefusal(await book.call(id, request, { token }), 401, "unauthenticated");
    // Levels above still see what can be restored.
    expect((await book.get(line.reseller.id)).deletedAt).not.toBeNull();
  });

  test("by two at once happens once", async () => {
    const { reseller } = await book.line();
    const replies = await Promise.all([book.remove(reseller), book.remove(reseller), book.remove(reseller)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect((await book.get(reseller.id)).version).toBe(2);
  });
});
