import * as z from "zod";
import { PlanCode } from "../accounts/service-plan.ts";
import { DeviceKind } from "../devices/device.ts";
import { notFound } from "../terms/errors.ts";
import { CustomerId, ServiceId } from "../terms/ids.ts";
import { Level } from "../terms/levels.ts";
import { Day, daysInMonth, daysOf, monthOf, type Period, periodsOf } from "./days.ts";
import { quotient } from "./money.ts";

/*
 * The usage ledger: for each customer and each day of its time zone one record of what it had. A record never changes. What is wrong is corrected by two
 * more: one that reverses it, with a reason, and one that stands in its place.
 */

const count = z.int().min(0);
const bytes = z.int().min(0);

/** A billing-only service as it stood at the end of a day. */
export const LedgerService = z.object({
  id: ServiceId,
  name: z.string(),
  quantity: count,
  unitPrice: z
    .object({ amount: z.int(), currency: z.string() })
    .nullable()
    .meta({ description: "A month, in minor units; null: the price plan names the price" }),
});
export type LedgerService = z.infer<typeof LedgerService>;

/** What a customer had on a day, at its end unless it says otherwise. */
export const LedgerFacts = z.object({
  customerId: CustomerId,
  day: Day.meta({ description: "In the customer's time zone" }),
  timeZone: z.string(),
  name: z.string(),
  level: Level,
  createdOn: Day.meta({ description: "The day on which the customer was created: it has no earlier ones" }),
  sellers: z.array(CustomerId).meta({
    description:
      "Ids of the customers above it, from the provider down to its parent; a site's end with its end-customer",
  }),
  state: z.enum(["active", "inactive", "deleted"]).meta({ description: "inactive, deleted: it, or a level above it" }),
  trial: z
    .boolean()
    .meta({ description: "It was in trial at the end of the day: the day on which a trial ends is charged" }),
  usedBytes: bytes,
  peakBytes: bytes.meta({ description: "The most of the day" }),
  devices: z.partialRecord(DeviceKind, count).meta({ description: "Active and suspended devices by kind" }),
  licences: count.meta({ description: "Licences that its devices hold" }),
  accounts: z.record(PlanCode, count).meta({ description: "Accounts by the code of their service plan" }),
  services: z.array(LedgerService),
  branch: z
    .object({ usedBytes: bytes, devices: count, attention: count })
    .meta({ description: "Of its whole branch, as its record knew it in the night: for charts, not for invoices" }),
});
export type LedgerFacts = z.infer<typeof LedgerFacts>;

const position = { sequence: z.int().min(1), recordedAt: z.iso.datetime() };

export const LedgerDay = LedgerFacts.extend({
  kind: z.literal("day"),
  ...position,
  basis: z.enum(["measured", "facts"]).meta({
    description:
      "measured: in the night after the day; facts: afterwards, from what is known of a day without a record",
  }),
});
export type LedgerDay = z.infer<typeof LedgerDay>;

const LedgerReversal = z.object({
  kind: z.literal("reversal"),
  customerId: CustomerId,
  day: Day,
  ...position,
  reverses: z.int().min(1).meta({ description: "The sequence of the record that no longer counts" }),
  reason: z.string(),
  by: z.string().meta({ description: "Id of the user or key that corrected it" }),
});

/** A record of the ledger. Those of a customer's day are numbered from 1. */
export const LedgerRecord = z.discriminatedUnion("kind", [LedgerDay, LedgerReversal]);
export type LedgerRecord = z.infer<typeof LedgerRecord>;

/**
 * The days of a period that count: each day's last record that was not reversed.
 * @param records of any number of customers and days, in any order; a record that is given twice counts once
 * @returns in order of the day, then of the customer
 */
export function standingDays(records: Iterable<LedgerRecord>, { from, to }: Period): LedgerDay[] {
  const days = new Map<string, LedgerRecord[]>();
  for (const record of records) {
    if (record.day < from || record.day > to) continue;
    const key = `${record.day} ${record.customerId}`;
    const known = days.get(key);
    if (known) known.push(record);
    else days.set(key, [record]);
  }
  return [...days].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([, records]) => standing(records) ?? []);
}

/** The one of a customer's records of one day that counts. */
function standing(records: readonly LedgerRecord[]): LedgerDay | undefined {
  const reversed = new Set(records.flatMap((record) => (record.kind === "reversal" ? [record.reverses] : [])));
  return records
    .filter((record): record is LedgerDay => record.kind === "day")
    .filter(({ sequence }) => !reversed.has(sequence))
    .reduce<LedgerDay | undefined>((last, one) => (last && last.sequence >= one.sequence ? last : one), undefined);
}

/**
 * What corrects a day: the record that reverses the standing one, and the one that stands in its place. Both are written, in one transaction.
 * @param records all records of that customer's day
 * @param facts what was true, of the same customer and day
 * @throws DomainError not_found where there is nothing to correct: the day is missing, or its record is of another customer or day
 */
export function correctDay(
  records: readonly LedgerRecord[],
  facts: LedgerFacts,
  { reason, by, at }: { reason: string; by: string; at: string },
): [reversal: LedgerRecord, day: LedgerDay] {
  const { customerId, day } = facts;
  const wrong = standing(records.filter((record) => record.customerId === customerId && record.day === day));
  if (!wrong) throw notFound("day of the ledger");
  const last = Math.max(...records.map(({ sequence }) => sequence));
  return [
    { kind: "reversal", customerId, day, sequence: last + 1, recordedAt: at, reverses: wrong.sequence, reason, by },
    { ...facts, kind: "day", sequence: last + 2, recordedAt: at, basis: "facts" },
  ];
}

/**
 * The days of a period on which a customer should have a record and has none. What follows its last record is not missing where that says that the
 * customer is deleted: a purged one has no more days.
 * @param days of one customer, in any order
 * @param closedUntil the last day that every ledger should have by now
 */
export function missingDays(
  days: readonly Pick<LedgerDay, "day" | "state">[],
  createdOn: string,
  { from, to }: Period,
  closedUntil: string,
): Period[] {
  const known = new Map(days.map(({ day, state }) => [day, state]));
  const last = [...known].reduce<readonly [string, string] | null>(
    (latest, one) => (latest === null || one[0] > latest[0] ? one : latest),
    null,
  );
  const end = last?.[1] === "deleted" ? last[0] : to;
  const until = [end, to, closedUntil].reduce((least, day) => (day < least ? day : least));
  const expected = daysOf({ from: createdOn > from ? createdOn : from, to: until });
  return periodsOf([...expected].filter((day) => !known.has(day)));
}

/** The ids from the provider down to the customer itself. */
export const pathOf = ({ sellers, customerId }: Pick<LedgerDay, "sellers" | "customerId">): string[] => [
  ...sellers,
  customerId,
];

/**
 * Who pays an issuer for a customer's day: the customer directly below the issuer, on that day. null: the issuer does not sell to it.
 * An end-customer is no issuer: what its sites use, it pays itself.
 */
export function payerOf(day: Pick<LedgerDay, "sellers" | "customerId" | "level">, issuerId: string): string | null {
  const at = day.sellers.indexOf(issuerId);
  const isEndCustomer = day.level === "site" && at === day.sellers.length - 1;
  return at < 0 || isEndCustomer ? null : (pathOf(day)[at + 1] ?? null);
}

/** Whether an issuer is the one that sells to a customer directly, and whose prices its services have. */
export const sellsDirectly = (day: Pick<LedgerDay, "sellers" | "level">, issuerId: string): boolean =>
  day.sellers.at(day.level === "site" ? -2 : -1) === issuerId;

/** Whether a day is charged at all: not in trial, not deactivated, not deleted. */
export const isCharged = ({ state, trial }: Pick<LedgerDay, "state" | "trial">): boolean =>
  state === "active" && !trial;

/** What a customer used on a day, or in a month. */
export const UsageRow = z
  .object({
    period: z.string().meta({ description: "A day, or a month", examples: ["2026-11"] }),
    days: count.meta({ description: "Days with a record" }),
    missingDays: count.meta({ description: "Days without one, of those asked for" }),
    chargedDays: count.meta({ description: "Days neither in trial nor deactivated nor deleted" }),
    averageBytes: bytes.meta({ description: "Mean of the days with a record, rounded half up" }),
    endBytes: bytes.meta({ description: "At the end of the last day with a record" }),
    peakBytes: bytes,
    devices: z.partialRecord(DeviceKind, count).meta({ description: "On the last day with a record" }),
    licences: count.meta({ description: "On the last day with a record" }),
    accounts: z.record(PlanCode, count).meta({ description: "On the last day with a record" }),
    branch: z
      .object({ usedBytes: bytes, devices: count, attention: count })
      .meta({ description: "Of the whole branch, on the last day with a record: for charts, not for invoices" }),
  })
  .meta({ id: "UsageRow" });
export type UsageRow = z.infer<typeof UsageRow>;

/**
 * What a customer used in a period, by day or by month, the earliest first. Days without a record are counted, and no figure is made up for them;
 * a month without any has no row.
 * @param days the standing days of one customer, in any order
 */
export function usageOf(days: readonly LedgerDay[], period: Period, unit: "day" | "month"): UsageRow[] {
  const wanted = days.filter(({ day }) => day >= period.from && day <= period.to);
  const rows = Map.groupBy(wanted, ({ day }) => (unit === "day" ? day : monthOf(day)));
  return [...rows]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, days]) => {
      const ordered = days.toSorted((one, other) => (one.day < other.day ? -1 : 1));
      const last = ordered.at(-1);
      if (!last) return [];
      const total = days.reduce((sum, { usedBytes }) => sum + BigInt(usedBytes), 0n);
      return {
        period: name,
        days: days.length,
        missingDays: asked(period, last.day, unit) - days.length,
        chargedDays: days.filter(isCharged).length,
        averageBytes: Number(quotient(total.toString(), BigInt(days.length), 0)),
        endBytes: last.usedBytes,
        peakBytes: Math.max(...days.map(({ peakBytes }) => peakBytes)),
        devices: last.devices,
        licences: last.licences,
        accounts: last.accounts,
        branch: last.branch,
      };
    });
}

/** How many days of a period lie in the month of a day; of a day, that day. */
function asked({ from, to }: Period, day: string, unit: "day" | "month"): number {
  if (unit === "day") return 1;
  const month = monthOf(day);
  const first = from > `${month}-01` ? Number(from.slice(8)) : 1;
  const last = monthOf(to) === month ? Number(to.slice(8)) : daysInMonth(day);
  return last - first + 1;
}
