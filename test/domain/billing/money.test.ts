import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  costOf,
  inMajorUnits,
  isCurrency,
  minorUnitOf,
  percentOf,
  Percent,
  Price,
  quotient,
  sumOf,
} from "../../../shared/domain/billing/money.ts";

describe("currencies", () => {
  test.each([
    ["EUR", 2],
    ["JPY", 0],
    ["ISK", 0],
    ["HUF", 2],
    ["KWD", 3],
    ["IQD", 3],
  ])("%s has the minor unit of ISO 4217: %i decimals", (code, decimals) => {
    expect(minorUnitOf(code)).toBe(decimals);
  });
  test.each(["XYZ", "eur", "EURO", "", "MGA", "constructor"])("%s is none", (code) => {
    expect(isCurrency(code)).toBe(false);
    expect(() => minorUnitOf(code)).toThrow("no currency");
  });
  test.each([
    [1234, "EUR", "12.34"],
    [-5, "EUR", "-0.05"],
    [1234, "JPY", "1234"],
    [0, "EUR", "0"],
    [1, "KWD", "0.001"],
    ["12.3456", "EUR", "0.123456"],
  ])("%s minor units of %s are %s", (amount, code, written) => {
    expect(inMajorUnits(amount, code)).toBe(written);
  });
});

describe("what is calculated is rounded once, half up, away from zero:", () => {
  test.each([
    ["0.5", "1", 1n, 1],
    ["0.4999", "1", 1n, 0],
    ["-0.5", "1", 1n, -1],
    ["1", "1", 3n, 0],
    ["1", "3", 2n, 2],
    ["1", "149", 100n, 1],
    ["100", "1", 3n, 33],
    // Rounding to some decimals first would make it 0.5, and then 1.
    ["1", "49999999999999999999999", 100_000_000_000_000_000_000_000n, 0],
  ])("%s times %s by %s is %i", (unitPrice, charged, perUnit, amount) => {
    expect(costOf([{ unitPrice, charged }], perUnit)).toBe(amount);
  });
  test("parts are added up before", () => {
    const part = { unitPrice: "0.4", charged: "1" };
    expect(costOf([part, part], 1n)).toBe(1);
  });
  test("a charge and the same given back come to nothing", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99_999 }),
        fc.bigInt({ min: 1n, max: 10n ** 10n }),
        fc.bigInt({ min: 1n, max: 10n ** 11n }),
        (price, charged, perUnit) => {
          const cost = (sign: string): number =>
            costOf([{ unitPrice: `${sign}${price}`, charged: charged.toString() }], perUnit);
          expect(cost("") + cost("-")).toBe(0);
        },
      ),
    );
  });
  test("it is the nearest whole number", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9_999 }),
        fc.integer({ min: 0, max: 9_999 }),
        fc.integer({ min: 1, max: 9_999 }),
        (price, charged, perUnit) => {
          const cost = costOf([{ unitPrice: String(price), charged: String(charged) }], BigInt(perUnit));
          expect(cost).toBe(Math.floor((2 * price * charged + perUnit) / (2 * perUnit)));
        },
      ),
    );
  });
  test.each([
    [1000, "19", 190],
    [1050, "7.7", 81],
    [-1050, "7.7", -81],
    [50, "1", 1],
    [49, "1", 0],
  ])("of %i, %s per cent are %i", (amount, percent, share) => {
    expect(percentOf(amount, percent)).toBe(share);
  });
  test("nothing is never a negative zero", () => {
    expect(Object.is(percentOf(-10, "1"), 0)).toBe(true);
  });
});

test("what a number cannot hold exactly is refused", () => {
  expect(() => sumOf([Number.MAX_SAFE_INTEGER, 1])).toThrow(RangeError);
  expect(sumOf([Number.MAX_SAFE_INTEGER, -1])).toBe(Number.MAX_SAFE_INTEGER - 1);
});

test.each([
  ["1", 3n, 2, "0.33"],
  ["5", 2n, 0, "3"],
  ["100000000000", 1_000_000_000n, 3, "100"],
])("%s by %s is shown as %s decimals at most", (numerator, denominator, decimals, shown) => {
  expect(quotient(numerator, denominator, decimals)).toBe(shown);
});

test.each(["12.5", "0", "0.0001", "-1", "9999999999.9999"])("%s is a price", (text) => {
  expect(Price.safeParse(text).success).toBe(true);
});
test.each(["", "1.", ".5", "01", "1e3", "1.00001", "+1", "1,5", "NaN", " 1"])("%s is none", (text) => {
  expect(Price.safeParse(text).success).toBe(false);
  expect(Percent.safeParse(text).success).toBe(false);
});
