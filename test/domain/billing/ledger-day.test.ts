import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, daysInMonth, daysOf, monthBefore, periodsOf, runsOf } from "../../../shared/domain/billing/days.ts";
import {
  correctDay,
  type LedgerRecord,
  LedgerRecord as LedgerRecordSchema,
  missingDays,
  payerOf,
  sellsDirectly,
  standingDays,
  usageOf,
} from "../../../shared/domain/billing/ledger-day.ts";
import { customer, distributor, gigabyte, june, ledgerDay, ledgerDays, provider, reseller, service } from "./ledger.ts";

describe("days of the calendar", () => {
  test.each([
    ["2028-02-10", 29],
    ["2027-02-10", 28],
    ["2100-02-10", 28],
    ["2026-12-31", 31],
    ["2026-04-01", 30],
  ])("the month of %s has %i", (day, count) => {
    expect(daysInMonth(day)).toBe(count);
  });
  test("a month with a clock change has each of its days once", () => {
    expect([...daysOf({ from: "2026-10-24", to: "2026-10-26" })]).toEqual(["2026-10-24", "2026-10-25", "2026-10-26"]);
    expect([...daysOf({ from: "2026-03-28", to: "2026-03-30" })]).toHaveLength(3);
  });
  test.each([
    ["2026-01-15", "2025-12-01", "2025-12-31"],
    ["2028-03-01", "2028-02-01", "2028-02-29"],
  ])("before the month of %s is %s to %s", (day, from, to) => {
    expect(monthBefore(day)).toEqual({ from, to });
  });
  test("neighbours with the same value make a run, over the end of a month too; a gap ends it", () => {
    expect(
      runsOf([
        ["2026-01-31", 1],
        ["2026-02-01", 1],
        ["2026-02-02", 2],
        ["2026-02-04", 2],
      ]),
    ).toEqual([
      { from: "2026-01-31", to: "2026-02-01", value: 1 },
      { from: "2026-02-02", to: "2026-02-02", value: 2 },
      { from: "2026-02-04", to: "2026-02-04", value: 2 },
    ]);
    expect(periodsOf(["2026-02-28", "2026-03-01", "2026-03-03"])).toEqual([
      { from: "2026-02-28", to: "2026-03-01" },
      { from: "2026-03-03", to: "2026-03-03" },
    ]);
  });
});

describe("a correction", () => {
  const first = ledgerDay("2026-06-07");
  const told = { reason: "The meter was wrong.", by: "usr_1", at: "2026-06-09T10:00:00.000Z" };
  const [reversal, day] = correctDay([first], { ...first, usedBytes: 5 }, told);

  test("is a record that reverses the wrong one, and one in its place", () => {
    expect(reversal).toEqual({
      kind: "reversal",
      customerId: customer,
      day: "2026-06-07",
      sequence: 2,
      recordedAt: told.at,
      reverses: 1,
      reason: told.reason,
      by: told.by,
    });
    expect(day).toMatchObject({ kind: "day", sequence: 3, usedBytes: 5, basis: "facts" });
    expect([reversal, day].map((record) => LedgerRecordSchema.safeParse(record).success)).toEqual([true, true]);
  });
  test("counts from then on, and can be corrected again", () => {
    const again = correctDay([first, reversal, day], { ...first, usedBytes: 7 }, told);
    const all = [first, reversal, day, ...again];
    expect(standingDays(all, june).map(({ usedBytes }) => usedBytes)).toEqual([7]);
    expect(again[0]).toMatchObject({ sequence: 4, reverses: 3 });
  });
  test("is outlived by the latest, where two records of a day stand", () => {
    const later = { ...first, sequence: 2, usedBytes: 9 };
    for (const records of [
      [first, later],
      [later, first],
    ])
      expect(standingDays(records, june)).toEqual([later]);
  });
  test("leaves no day where only the first half of it was written", () => {
    expect(standingDays([first, reversal], june)).toEqual([]);
  });
  test("of a day without a record is refused", () => {
    for (const records of [[], [first, reversal], [ledgerDay("2026-06-08")], [{ ...first, customerId: service }]])
      expect(() => correctDay(records, first, told)).toThrow(expect.objectContaining({ code: "not_found" }));
  });
  test("whatever the order and the copies of the records, the same days count", () => {
    const others = ledgerDays(june, () => ({ customerId: service }));
    const all: LedgerRecord[] = [first, reversal, day, ...others, ledgerDay("2026-05-31"), ledgerDay("2026-07-01")];
    const wanted = standingDays(all, june);
    expect(wanted).toHaveLength(31);
    expect(wanted.filter(({ customerId }) => customerId === customer)).toEqual([day]);
    fc.assert(
      fc.property(fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }), (shuffled) => {
        expect(standingDays(shuffled, june)).toEqual(wanted);
      }),
      { numRuns: 20 },
    );
  });
});

describe("missing are", () => {
  const missing = (days: Parameters<typeof missingDays>[0], createdOn = "2020-01-01", closedUntil = "2026-06-30") =>
    missingDays(days, createdOn, june, closedUntil);
  test("all days of a customer without records", () => {
    expect(missing([])).toEqual([june]);
  });
  test("none before its creation, and none that are not closed", () => {
    expect(missing([], "2026-06-10", "2026-06-12")).toEqual([{ from: "2026-06-10", to: "2026-06-12" }]);
    expect(missing([], "2026-07-01")).toEqual([]);
  });
  test("gaps, and what follows the last day", () => {
    const days = ledgerDays({ from: "2026-06-02", to: "2026-06-20" }).filter(({ day }) => day !== "2026-06-05");
    expect(missing(days)).toEqual([
      { from: "2026-06-01", to: "2026-06-01" },
      { from: "2026-06-05", to: "2026-06-05" },
      { from: "2026-06-21", to: "2026-06-30" },
    ]);
  });
  test("none after a day on which it was deleted, but gaps before", () => {
    const days = [ledgerDay("2026-06-01"), ledgerDay("2026-06-03", { state: "deleted" })];
    expect(missing(days)).toEqual([{ from: "2026-06-02", to: "2026-06-02" }]);
    expect(missing([...days, ledgerDay("2026-06-04")])).toContainEqual({ from: "2026-06-05", to: "2026-06-30" });
  });
});

describe("who pays whom:", () => {
  const day = ledgerDay("2026-06-01");
  const site = ledgerDay("2026-06-01", { level: "site", customerId: service, sellers: [provider, reseller, customer] });
  test("the customer directly below the seller", () => {
    expect([provider, distributor, reseller, customer, service].map((issuer) => payerOf(day, issuer))).toEqual([
      distributor,
      reseller,
      customer,
      null,
      null,
    ]);
  });
  test("an end-customer for its sites, which it sells nothing", () => {
    expect([provider, reseller, customer].map((issuer) => payerOf(site, issuer))).toEqual([reseller, customer, null]);
  });
  test("a reseller for what it has itself", () => {
    const own = ledgerDay("2026-06-01", { level: "reseller", customerId: reseller, sellers: [provider, distributor] });
    expect([payerOf(own, distributor), sellsDirectly(own, distributor)]).toEqual([reseller, true]);
  });
  test("the last seller sells directly", () => {
    expect([provider, distributor, reseller].map((issuer) => sellsDirectly(day, issuer))).toEqual([false, false, true]);
    expect([provider, reseller, customer].map((issuer) => sellsDirectly(site, issuer))).toEqual([false, true, false]);
  });
});

describe("usage", () => {
  const days = ledgerDays({ from: "2026-05-30", to: "2026-06-03" }, (day) => ({
    usedBytes: Number(day.slice(8)) * gigabyte,
    peakBytes: Number(day.slice(8)) * gigabyte + 1,
    trial: day === "2026-06-01",
    devices: { server: Number(day.slice(8)) },
  }));
  test("by day is what each day was", () => {
    const rows = usageOf(days, { from: "2026-05-31", to: "2026-06-02" }, "day");
    expect(
      rows.map(({ period, endBytes, averageBytes, chargedDays, days }) => [
        period,
        endBytes,
        averageBytes,
        chargedDays,
        days,
      ]),
    ).toEqual([
      ["2026-05-31", 31 * gigabyte, 31 * gigabyte, 1, 1],
      ["2026-06-01", 1 * gigabyte, 1 * gigabyte, 0, 1],
      ["2026-06-02", 2 * gigabyte, 2 * gigabyte, 1, 1],
    ]);
  });
  test("by month has mean, end and peak, and how many days are missing of those asked for", () => {
    const rows = usageOf(days.toReversed(), { from: "2026-05-25", to: "2026-06-10" }, "month");
    expect(rows).toEqual([
      {
        period: "2026-05",
        days: 2,
        missingDays: 5,
        chargedDays: 2,
        averageBytes: 30.5 * gigabyte,
        endBytes: 31 * gigabyte,
        peakBytes: 31 * gigabyte + 1,
        devices: { server: 31 },
        licences: 1,
        accounts: { select: 1 },
        branch: { usedBytes: 100e9, devices: 1, attention: 0 },
      },
      expect.objectContaining({
        period: "2026-06",
        days: 3,
        missingDays: 7,
        chargedDays: 2,
        averageBytes: 2 * gigabyte,
        endBytes: 3 * gigabyte,
      }),
    ]);
  });
  test("of whole months misses what the months have", () => {
    expect(
      usageOf(days, { from: "2026-01-01", to: "2026-12-31" }, "month").map(({ missingDays }) => missingDays),
    ).toEqual([29, 27]);
  });
  test("a mean is rounded half up", () => {
    const two = [ledgerDay("2026-06-01", { usedBytes: 1 }), ledgerDay("2026-06-02", { usedBytes: 2 })];
    expect(usageOf(two, june, "month")[0]!.averageBytes).toBe(2);
  });
});

test("a day later, or earlier, over years", () => {
  expect([addDays("2026-12-31", 1), addDays("2028-03-01", -1)]).toEqual(["2027-01-01", "2028-02-29"]);
});
