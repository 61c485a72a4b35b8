import * as iso4217 from "dinero.js/currencies";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimalsOf, majorUnits, minorUnits } from "../../../console/src/parts/show/amounts.ts";
import { inMajorUnits, isCurrency, minorUnitOf, Price } from "../../../shared/domain/billing/money.ts";

const currencies = Object.keys(iso4217).filter(isCurrency);

test("the console counts each currency in the units of the API", () => {
  expect(currencies.length).toBeGreaterThan(150);
  expect(currencies.filter((code) => decimalsOf(code) !== minorUnitOf(code))).toEqual([]);
});

describe("an amount that is typed", () => {
  test.for([
    ["9", "EUR", "900"],
    ["0,0355", "EUR", "3.55"],
    ["0.000001", "EUR", "0.0001"],
    ["12.50", "EUR", "1250"],
    ["500", "JPY", "500"],
    ["0.5", "JPY", "0.5"],
    ["500", "HUF", "50000"],
    ["1,2345", "KWD", "1234.5"],
    ["007", "EUR", "700"],
    ["3.5000000000", "EUR", "350"],
    ["-5", "EUR", "-500"],
    ["-0,00", "EUR", "0"],
  ] as const)("%s in %s is %s", ([typed, currency, minor]) => {
    expect(minorUnits(typed, currency)).toBe(minor);
  });

  test.for(["", "abc", "1e3", ",5", "1.2.3", "1 000", "0.0000001", "100000000"])("%s is none", (typed) => {
    expect(minorUnits(typed, "EUR")).toBeNull();
  });

  test("is what the API takes, and is read back as it was", () => {
    const typed = fc.tuple(fc.nat(9_999_999), fc.nat(999_999)).map(([whole, part]) => {
      const decimals = String(part).padStart(6, "0").replace(/0+$/, "");
      return decimals === "" ? String(whole) : `${whole}.${decimals}`;
    });
    fc.assert(
      fc.property(typed, fc.constantFrom("EUR", "USD", "HUF"), (amount, currency) => {
        const minor = minorUnits(amount, currency);
        expect(Price.safeParse(minor).success).toBe(true);
        expect(inMajorUnits(minor ?? "", currency)).toBe(amount);
        expect(minorUnits(majorUnits(minor ?? "", currency, ","), currency)).toBe(minor);
      }),
    );
  });
});

test.for([
  ["900", "EUR", "9.00"],
  ["3.55", "EUR", "0.0355"],
  ["0.0001", "EUR", "0.000001"],
  ["5", "EUR", "0.05"],
  ["-5", "EUR", "-0.05"],
  ["500", "JPY", "500"],
  ["0.5", "JPY", "0.5"],
  ["1234.5", "KWD", "1.2345"],
] as const)("%s of %s is written %s in a field", ([minor, currency, typed]) => {
  expect(majorUnits(minor, currency, ".")).toBe(typed);
});
