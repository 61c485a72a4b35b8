import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSize } from "../../../shared/domain/imports/sizes.ts";

describe("a size", () => {
  test.each([
    ["1,5 TB", 1.5e12],
    ["1.5 TB", 1.5e12],
    ["1,5TB", 1.5e12],
    ["500 GB", 5e11],
    ["500 gb", 5e11],
    ["0,250 TB", 2.5e11],
    ["0.125 GiB", 2 ** 27],
    ["2 TiB", 2 ** 41],
    ["1.500,5 GB", 1.5005e12],
    ["1,500.5 GB", 1.5005e12],
    ["1'500 GB", 1.5e12],
    ["1 500 GB", 1.5e12],
    ["1\u00a0500\u00a0GB", 1.5e12],
    ["1.500.000 MB", 1.5e12],
    ["1,500,000 MB", 1.5e12],
    ["1500,25 GB", 1.50025e12],
    ["12345,678 GB", 1.2345678e13],
    ["2000000", 2_000_000],
    ["0", 0],
    [" 7 kB ", 7000],
  ])("%s is %i bytes", (text, bytes) => {
    expect(readSize(text)).toBe(bytes);
  });

  test.each([
    ["1,500 GB", "could mean 1500 or 1.5; write one of them without a separator for thousands"],
    ["1.500 GB", "could mean 1500 or 1.5; write one of them without a separator for thousands"],
    ["12.345", "could mean 12345 or 12.345; write one of them without a separator for thousands"],
    ["", "must be a size, such as 500 GB"],
    ["much", "must be a size, such as 500 GB"],
    ["-5 GB", "must be a size, such as 500 GB"],
    ["5 apples", "has the unit apples; use B, kB, MB, GB, TB, PB, or KiB to PiB"],
    ["5 constructor", "has the unit constructor; use B, kB, MB, GB, TB, PB, or KiB to PiB"],
    ["5 GB/s", "must be a size, such as 500 GB"],
    ["1,2,3 GB", "is no number"],
    ["1.2,3.4 GB", "is no number"],
    ["1,50,000 GB", "is no number"],
    ["5. GB", "is no number"],
    ["99999999 PB", "is larger than any storage"],
  ])("%s is refused: %s", (text, why) => {
    expect(readSize(text)).toBe(why);
  });

  test("is the same however it is written, in every country", () => {
    const units = [["GB", 1e9] as const, ["GiB", 2 ** 30] as const, ["TB", 1e12] as const];
    fc.assert(
      fc.property(fc.nat(9_000), fc.nat(99), fc.constantFrom(...units), (whole, part, [unit, power]) => {
        const value = Number(`${whole}.${String(part).padStart(2, "0")}`);
        for (const locale of ["de-DE", "en-US", "de-CH", "fr-FR", "sv-SE", "en-IN"]) {
          const written = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).format(value);
          expect([locale, written, readSize(`${written} ${unit}`)]).toEqual([
            locale,
            written,
            Math.round(value * power),
          ]);
        }
      }),
    );
  });
});
