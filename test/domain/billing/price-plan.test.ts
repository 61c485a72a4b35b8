import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  changePricePlan,
  checkPricePlan,
  pricedParts,
  PricePlanInput,
  pricesOn,
  type PriceVersion,
  type UnitPrice,
} from "../../../shared/domain/billing/price-plan.ts";
import { costOf } from "../../../shared/domain/billing/money.ts";
import { setting, version } from "./ledger.ts";

const input = (prices: Partial<PriceVersion>, currency = "EUR"): PricePlanInput => ({
  name: "Standard",
  currency,
  versions: [version(prices)],
});
const tiered = (...bounds: (number | null)[]): UnitPrice => ({
  mode: "graduated",
  tiers: bounds.map((upTo) => ({ upTo, unitPrice: "10" })),
});

describe("a price plan is refused by name:", () => {
  test.each([
    ["an unknown currency", input({}, "XYZ"), "currency_unknown", "currency"],
    ["a negative price", input({ licences: { unitPrice: "-0.5" } }), "price_negative", "versions.0.licences.unitPrice"],
    ["a negative minimum", input({ minimum: "-1" }), "price_negative", "versions.0.minimum"],
    [
      "a negative price of a tier",
      input({
        devices: {
          server: {
            mode: "volume",
            tiers: [
              { upTo: 5, unitPrice: "1" },
              { upTo: null, unitPrice: "-1" },
            ],
          },
        },
      }),
      "price_negative",
      "versions.0.devices.server.tiers.1.unitPrice",
    ],
    [
      "tiers with the same bound",
      input({ licences: tiered(5, 5, null) }),
      "tiers_overlap",
      "versions.0.licences.tiers.1.upTo",
    ],
    [
      "tiers that are not in order",
      input({ accounts: { select: tiered(5, 3, null) } }),
      "tiers_unordered",
      "versions.0.accounts.select.tiers.1.upTo",
    ],
    [
      "a last tier with a bound",
      input({ services: { Support: tiered(5, 9) } }),
      "tiers_unordered",
      "versions.0.services.Support.tiers.1.upTo",
    ],
    [
      "a tier after one without a bound",
      input({ storage: { unit: "GB", measure: "end", price: tiered(null, null) } }),
      "tiers_unordered",
      "versions.0.storage.price.tiers.0.upTo",
    ],
    ["a tax over 100", input({ taxPercent: "100.01" }), "tax_over_100", "versions.0.taxPercent"],
    ["a discount over 100", input({ discountPercent: "101" }), "discount_over_100", "versions.0.discountPercent"],
    [
      "a tax on what is exempt",
      input({ taxPercent: "1", taxExemption: { kind: "exempt", reason: "§ 19" } }),
      "tax_not_exempt",
      "versions.0.taxExemption",
    ],
    [
      "two versions of one day",
      { ...input({}), versions: [version({}), version({})] },
      "versions_overlap",
      "versions.1.validFrom",
    ],
  ])("%s", (_, plan, code, path) => {
    expect(() => checkPricePlan(plan)).toThrow(
      expect.objectContaining({ code, errors: [expect.objectContaining({ code, path })] }),
    );
  });
  test("all complaints at once", () => {
    const wrong = input({ taxPercent: "101", licences: { unitPrice: "-1" } }, "XYZ");
    expect(() => checkPricePlan(wrong)).toThrow(
      expect.objectContaining({
        code: "currency_unknown",
        errors: ["currency_unknown", "price_negative", "tax_over_100"].map((code) => expect.objectContaining({ code })),
      }),
    );
  });
  test.each([
    ["0", "100"],
    ["100", "0"],
  ])("but not a tax of %s and a discount of %s", (taxPercent, discountPercent) => {
    expect(checkPricePlan(input({ taxPercent, discountPercent, licences: tiered(1, 2, null) })).versions).toHaveLength(
      1,
    );
  });
  test.each([
    ["a price with five decimals", { licences: { unitPrice: "1.00001" } }],
    [
      "both a price and tiers",
      { licences: { unitPrice: "1", tiers: [{ upTo: null, unitPrice: "1" }], mode: "volume" } },
    ],
    ["a device of no kind", { devices: { toaster: { unitPrice: "1" } } }],
    ["free units below 0", { licences: { unitPrice: "1", freeUnits: -1 } }],
  ])("%s cannot even be read", (_, prices) => {
    expect(PricePlanInput.safeParse({ ...input({}), versions: [{ ...version({}), ...prices }] }).success).toBe(false);
  });
});

describe("prices change forwards only:", () => {
  const [first, second, third] = ["2026-01-01", "2026-06-01", "2026-09-01"].map((validFrom, at) =>
    version({ validFrom, licences: { unitPrice: String(at) } }),
  ) as [PriceVersion, PriceVersion, PriceVersion];
  const { plan } = setting([first, second, third]);
  const change = (versions: PriceVersion[], today = "2026-07-15", changed: Partial<PricePlanInput> = {}) =>
    changePricePlan(plan, { name: plan.name, currency: plan.currency, versions, ...changed }, today);

  test("the prices of a day are the last that have come into force", () => {
    expect(
      ["2025-12-31", "2026-01-01", "2026-05-31", "2026-06-01", "2027-01-01"].map(
        (day) => pricesOn(plan, day)?.licences,
      ),
    ).toEqual([undefined, first.licences, first.licences, second.licences, third.licences]);
  });
  test("what is to come can be changed, taken back and added, and the name as well", () => {
    const added = version({ validFrom: "2026-07-16" });
    expect(change([added, second, first], "2026-07-15", { name: "New" })).toEqual({
      ...plan,
      name: "New",
      versions: [first, second, added],
    });
    expect(change([first, second, { ...third, taxPercent: "19" }]).versions.at(-1)).toMatchObject({ taxPercent: "19" });
  });
  test("a version is the same, however its fields are ordered", () => {
    const reordered = Object.fromEntries(Object.entries(second).toReversed()) as PriceVersion;
    expect(change([first, reordered]).versions).toHaveLength(2);
  });
  test.each([
    ["changed", [first, { ...second, taxPercent: "19" }, third], "versions.1"],
    ["taken back", [second, third], "versions"],
    ["put before today", [first, second, version({ validFrom: "2026-07-15" })], "versions.2"],
    ["put between others", [first, version({ validFrom: "2026-03-01" }), second], "versions.1"],
  ])("what is in force cannot be %s", (_, versions, path) => {
    expect(() => change(versions)).toThrow(
      expect.objectContaining({ code: "prices_in_force", errors: [expect.objectContaining({ path })] }),
    );
  });
  test("nor the currency", () => {
    expect(() => change([first, second], "2026-07-15", { currency: "CHF" })).toThrow(
      expect.objectContaining({ code: "immutable" }),
    );
  });
});

describe("tiers", () => {
  const tiers = [
    { upTo: 10, unitPrice: "100" },
    { upTo: 100, unitPrice: "50" },
    { upTo: null, unitPrice: "20" },
  ];
  const cost = (mode: "graduated" | "volume", quantity: number, freeUnits?: number): number =>
    costOf(
      pricedParts(
        { mode, tiers, ...(freeUnits === undefined ? {} : { freeUnits }) },
        [{ total: BigInt(quantity), days: 1n }],
        1n,
      ),
      1n,
    );

  test.each([
    [0, 0, 0],
    [1, 100, 100],
    [10, 1000, 1000],
    [11, 1050, 550],
    [100, 5500, 5000],
    [101, 5520, 2020],
  ])("%i units cost %i graduated, and %i by volume", (quantity, graduated, volume) => {
    expect([cost("graduated", quantity), cost("volume", quantity)]).toEqual([graduated, volume]);
  });
  test("begin beyond the free units", () => {
    expect([cost("graduated", 16, 5), cost("volume", 16, 5), cost("volume", 15, 5), cost("graduated", 5, 5)]).toEqual([
      1050, 550, 1000, 0,
    ]);
  });
  test("count for each level on its own, and their parts are added up", () => {
    const levels = [20n, 5n, 0n].map((total) => ({ total, days: 1n }));
    expect(pricedParts({ mode: "graduated", tiers }, levels, 1n)).toEqual([
      { over: 0, upTo: 10, unitPrice: "100", charged: "15" },
      { over: 10, upTo: 100, unitPrice: "50", charged: "10" },
    ]);
    expect(pricedParts({ mode: "volume", tiers }, levels, 1n).map(({ charged }) => charged)).toEqual(["5", "20"]);
  });
  test("graduated, more never costs less", () => {
    const steps = fc
      .uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 0, maxLength: 5 })
      .chain((bounds) =>
        fc.tuple(
          fc.constant(bounds.sort((one, other) => one - other)),
          fc.array(fc.integer({ min: 0, max: 9999 }), { minLength: bounds.length + 1, maxLength: bounds.length + 1 }),
        ),
      );
    const quantity = fc.integer({ min: 0, max: 2000 });
    fc.assert(
      fc.property(
        steps,
        quantity,
        quantity,
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 31 }),
        ([bounds, prices], one, other, freeUnits, days) => {
          const price: UnitPrice = {
            mode: "graduated",
            freeUnits,
            tiers: prices.map((unitPrice, at) => ({ upTo: bounds[at] ?? null, unitPrice: String(unitPrice) })),
          };
          const exact = (units: number): number =>
            costOf(pricedParts(price, [{ total: BigInt(units * days), days: BigInt(days) }], 1n), BigInt(days));
          const [less, more] = [Math.min(one, other), Math.max(one, other)];
          expect(exact(less)).toBeLessThanOrEqual(exact(more));
          // Nothing is charged twice, and nothing left out.
          const charged = pricedParts(price, [{ total: BigInt(more * days), days: BigInt(days) }], 1n).reduce(
            (sum, part) => sum + Number(part.charged),
            0,
          );
          expect(charged).toBe(Math.max(0, more - freeUnits) * days);
          const unitByUnit = Array.from(
            { length: Math.max(0, more - freeUnits) },
            (_, at) => prices[bounds.filter((bound) => bound <= at).length]!,
          );
          expect(exact(more)).toBe(unitByUnit.reduce((sum, unit) => sum + unit, 0));
        },
      ),
    );
  });
});
