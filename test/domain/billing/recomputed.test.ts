import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { LedgerDay } from "../../../shared/domain/billing/ledger-day.ts";
import type { PriceVersion, UnitPrice } from "../../../shared/domain/billing/price-plan.ts";
import {
  customer,
  distributor,
  invoiceOf,
  ledgerDays,
  otherReseller,
  provider,
  reseller,
  setting,
  version,
} from "./ledger.ts";

/*
 * Invoices again, by fractions of integers and by walking through single units: nothing is shared with the product but the shape of its data.
 */

/** A fraction, as numerator and denominator. */
type Fraction = readonly [bigint, bigint];
const plus = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d];
const times = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * c, b * d];
const less = ([a, b]: Fraction, [c, d]: Fraction): boolean => a * d < c * b;
const round = ([a, b]: Fraction): bigint => (2n * a + b) / (2n * b);
const read = (decimal: string): Fraction => {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return [BigInt(whole + fraction), 10n ** BigInt(fraction.length)];
};

/** What a quantity, in units, costs for a month. */
function monthly(price: UnitPrice, quantity: Fraction): Fraction {
  const free: Fraction = [BigInt(price.freeUnits ?? 0), 1n];
  if (!less(free, quantity)) return [0n, 1n];
  const rest = plus(quantity, [-free[0], 1n]);
  if ("unitPrice" in price) return times(rest, read(price.unitPrice));
  let [from, cost]: [Fraction, Fraction] = [
    [0n, 1n],
    [0n, 1n],
  ];
  for (const { upTo, unitPrice } of price.tiers) {
    const to: Fraction = upTo === null || less(rest, [BigInt(upTo), 1n]) ? rest : [BigInt(upTo), 1n];
    if (price.mode === "volume" && to === rest) return times(rest, read(unitPrice));
    if (price.mode === "volume" && upTo !== null && !less([BigInt(upTo), 1n], rest))
      return times(rest, read(unitPrice));
    if (less(from, to)) cost = plus(cost, times(plus(to, [-from[0], from[1]]), read(unitPrice)));
    from = to;
  }
  return cost;
}

function total(versions: readonly PriceVersion[], issuer: string, all: readonly LedgerDay[]): bigint {
  const counted = all.filter(({ sellers, state, trial }) => sellers.at(-1) === issuer && state === "active" && !trial);
  const pricesOf = (day: string): PriceVersion =>
    versions
      .filter(({ validFrom }) => validFrom <= day)
      .sort((one, other) => one.validFrom.localeCompare(other.validFrom))
      .at(-1)!;
  let net = 0n;
  const taxed = new Map<string, bigint>();
  for (const days of Map.groupBy(counted, ({ day }) => `${day.slice(0, 7)} ${pricesOf(day).validFrom}`).values()) {
    const prices = pricesOf(days[0]!.day);
    const [year, month] = days[0]!.day.split("-").map(Number);
    const length = BigInt(new Date(year!, month!, 0).getDate());
    const aDay: Fraction = [1n, length];
    const daily = (price: UnitPrice | undefined, quantity: (day: LedgerDay) => number): bigint =>
      price
        ? round(
            days.reduce<Fraction>(
              (sum, one) => plus(sum, times(monthly(price, [BigInt(quantity(one)), 1n]), aDay)),
              [0n, 1n],
            ),
          )
        : 0n;
    const { unit, measure, price } = prices.storage!;
    const size = unit === "GB" ? 10n ** 9n : 2n ** 30n;
    const used = days.map(({ usedBytes }) => BigInt(usedBytes));
    const figure: Fraction = {
      average: [used.reduce((sum, bytes) => sum + bytes), size * BigInt(days.length)] as const,
      end: [used.at(-1)!, size] as const,
      peak: [
        days
          .map(({ peakBytes }) => BigInt(peakBytes))
          .sort((a, b) => (a < b ? -1 : 1))
          .at(-1)!,
        size,
      ] as const,
    }[measure];
    const usage =
      round(times(monthly(price, figure), [BigInt(days.length), length])) +
      daily(prices.devices?.server, ({ devices }) => devices.server ?? 0) +
      daily(prices.licences, ({ licences }) => licences);
    let sum = usage - round(times([usage, 100n], read(prices.discountPercent!)));
    const least = round(times(read(prices.minimum!), [BigInt(days.length), length]));
    if (sum < least) sum = least;
    net += sum;
    taxed.set(prices.taxPercent, (taxed.get(prices.taxPercent) ?? 0n) + sum);
  }
  return [...taxed].reduce((all, [percent, base]) => all + round(times([base, 100n], read(percent))), net);
}

const decimal = fc.integer({ min: 0, max: 99_999_999 }).map((value) => String(value / 10_000));
const unitPrice: fc.Arbitrary<UnitPrice> = fc.oneof(
  fc.record({ unitPrice: decimal, freeUnits: fc.integer({ min: 0, max: 30 }) }),
  fc.record({
    mode: fc.constantFrom("graduated" as const, "volume" as const),
    freeUnits: fc.integer({ min: 0, max: 10 }),
    tiers: fc
      .tuple(
        fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 3 }),
        fc.array(decimal, { minLength: 4, maxLength: 4 }),
      )
      .map(([bounds, prices]) =>
        [...bounds.sort((one, other) => one - other), null].map((upTo, at) => ({ upTo, unitPrice: prices[at]! })),
      ),
  }),
);
const prices = (validFrom: string) =>
  fc
    .record({
      storage: fc.record({
        unit: fc.constantFrom("GB" as const, "GiB" as const),
        measure: fc.constantFrom("average" as const, "end" as const, "peak" as const),
        price: unitPrice,
      }),
      server: unitPrice,
      licences: unitPrice,
      minimum: fc.integer({ min: 0, max: 500_000 }).map(String),
      discountPercent: fc.integer({ min: 0, max: 400 }).map((value) => String(value / 4)),
      taxPercent: fc.constantFrom("0", "7.7", "19"),
    })
    .map(({ server, ...others }) => version({ ...others, validFrom, devices: { server } }));
const day = fc.record({
  usedBytes: fc.integer({ min: 0, max: 10 ** 11 }),
  more: fc.integer({ min: 0, max: 10 ** 10 }),
  server: fc.integer({ min: 0, max: 40 }),
  licences: fc.integer({ min: 0, max: 40 }),
  kind: fc.constantFrom("charged", "charged", "charged", "trial", "inactive", "deleted", "moved"),
});

test("1,000 invoices agree with a recomputation to the last minor unit", () => {
  let checked = 0;
  fc.assert(
    fc.property(
      fc.constantFrom("2026-02", "2028-02", "2026-03", "2026-06"),
      fc.array(day, { minLength: 31, maxLength: 31 }),
      fc.tuple(
        prices("2020-01-01"),
        fc.integer({ min: 2, max: 28 }).chain((at) => fc.tuple(fc.constant(at), prices("2020-01-02"))),
      ),
      (month, values, [first, [at, later]]) => {
        const last = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
        const period = { from: `${month}-01`, to: `${month}-${last}` };
        const versions = [first, { ...later, validFrom: `${month}-${String(at).padStart(2, "0")}` }];
        const days = ledgerDays(period, (name) => {
          const { usedBytes, more, server, licences, kind } = values[Number(name.slice(8)) - 1]!;
          return {
            usedBytes,
            peakBytes: usedBytes + more,
            devices: { server },
            licences,
            trial: kind === "trial",
            state: kind === "inactive" || kind === "deleted" ? kind : "active",
            sellers: [provider, distributor, kind === "moved" ? otherReseller : reseller],
          };
        });
        for (const issuerId of [reseller, otherReseller]) {
          const invoice = invoiceOf(setting(versions, { period, issuerId, payerId: customer }), days);
          expect(BigInt(invoice.total)).toBe(total(versions, issuerId, days));
          checked += 1;
        }
      },
    ),
    { numRuns: 500 },
  );
  expect(checked).toBe(1_000);
});
