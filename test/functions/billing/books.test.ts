import { beforeAll, describe, expect, test } from "vitest";
import { configBody, issuerBody, planBody, putInvoice } from "../../support/books.ts";
import { dump } from "../../model/invariants.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";

let fleet: Fleet;
let token: string;
let sellerId: string;
beforeAll(async () => {
  fleet = await openFleet();
  sellerId = (await fleet.create(fleet.provider.id, { level: "reseller" })).id;
  ({ token } = await fleet.ok("createApiKey", { body: { customerId: sellerId, role: "admin", name: "Books" } }));
});

/** The plan of `planBody` with other prices. */
const withPrices = (more: object, currency = "EUR") => {
  const plan = planBody("Prices");
  return { ...plan, currency, versions: [{ ...plan.versions[0], ...more }] };
};
const tiers = (...bounds: (number | null)[]) => ({
  storage: {
    unit: "GB",
    measure: "average",
    price: { mode: "graduated", tiers: bounds.map((upTo) => ({ upTo, unitPrice: "5" })) },
  },
});

describe("what cannot be charged is refused, named, and changes nothing", () => {
  test.each([
    ["a currency that there is not", withPrices({}, "EUX"), "currency_unknown", "currency"],
    [
      "a negative price",
      withPrices({ licences: { unitPrice: "-1" } }),
      "price_negative",
      "versions.0.licences.unitPrice",
    ],
    ["a negative minimum", withPrices({ minimum: "-5" }), "price_negative", "versions.0.minimum"],
    ["tiers that overlap", withPrices(tiers(10, 10, null)), "tiers_overlap", "versions.0.storage.price.tiers.1.upTo"],
    ["tiers out of order", withPrices(tiers(10, 5, null)), "tiers_unordered", "versions.0.storage.price.tiers.1.upTo"],
    ["a tax over 100", withPrices({ taxPercent: "100.5" }), "tax_over_100", "versions.0.taxPercent"],
    ["a discount over 100", withPrices({ discountPercent: "101" }), "discount_over_100", "versions.0.discountPercent"],
  ])("%s", async (_, body, code, path) => {
    const before = (await dump(fleet.table)).filter(({ kind }) => kind === "price-plan").length;
    const reply = await fleet.call("createPricePlan", { body }, { token });
    expectRefusal(reply, 422, code);
    expect(reply.body.errors.map((one: { path: string }) => one.path)).toContain(path);
    expect((await dump(fleet.table)).filter(({ kind }) => kind === "price-plan")).toHaveLength(before);
  });

  test("prices that are in force, and the currency of a plan", async () => {
    const { id } = await fleet.ok("createPricePlan", { body: planBody("Fixed") }, { token });
    const put = (body: object) => fleet.call("putPricePlan", { params: { id }, body }, { token });
    expectRefusal(await put(withPrices({ licences: { unitPrice: "1" } })), 409, "prices_in_force");
    expectRefusal(await put(withPrices({}, "CHF")), 422, "immutable");
    expect((await fleet.ok("getPricePlan", { params: { id } }, { token })).version).toBe(1);
  });

  test("months of the future, payers that are not invoiced, and plans of others", async () => {
    const run = (body: object) => fleet.call("runInvoices", { body }, { token });
    expectRefusal(await run({ month: "2999-01" }), 409, "period_open");
    const customer = await fleet.create(sellerId);
    expectRefusal(await run({ month: "2020-01", payerId: customer.id }), 422, "not_applicable");
    const theirs = await fleet.ok("createPricePlan", { body: planBody("The provider's") });
    const set = (body: object) => fleet.call("putInvoiceConfig", { params: { id: customer.id }, body }, { token });
    expectRefusal(await set(configBody(theirs.id)), 422, "not_applicable");
    const own = await fleet.ok("createPricePlan", { body: planBody("Own") }, { token });
    // Nobody has said yet who issues the invoices.
    expectRefusal(await set(configBody(own.id)), 422, "not_applicable");
    await fleet.ok("putInvoiceIssuer", { body: issuerBody("Seller") }, { token });
    expect((await set(configBody(own.id))).status).toBe(200);
  });
});

test("invoices that were received come page by page, each once, whatever the size of a page", async () => {
  const ids = [];
  for (let nth = 0; nth < 5; nth += 1)
    ids.push(await putInvoice(fleet, { issuerId: fleet.provider.id, payerId: sellerId, status: "issued" }));
  for (const limit of ["1", "2", "3", "5"]) {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = { received: "true", from: "2025-10", to: "2025-12", limit };
      const page = await fleet.ok("listInvoices", { query: { ...query, ...(cursor && { cursor }) } }, { token });
      found.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(found.toSorted(), limit).toEqual(ids.toSorted());
  }
});
