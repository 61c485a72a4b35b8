import * as z from "zod";
import { AccountRecord } from "../../domain/accounts/account.ts";
import {
  correctDay,
  type LedgerDay,
  type LedgerFacts,
  LedgerRecord,
  LedgerService,
  pathOf,
  standingDays,
  usageOf,
  type UsageRow,
} from "../../domain/billing/ledger-day.ts";
import { daysDue, nextNight, standingOn, zoneOf } from "../../domain/billing/night.ts";
import { addDays, monthOf, type Period } from "../../domain/billing/days.ts";
import { attentionCounts } from "../../domain/devices/attention.ts";
import { DeviceKind, DeviceState } from "../../domain/devices/device.ts";
import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { dayAt } from "../../domain/terms/wall-clock.ts";
import { UsageLevel, usedOn } from "../../domain/usage/usage-days.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { loadChain, loadLiveChain } from "../hierarchy/branch.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import { isProviders, type StoreContext, type WorkContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import {
  accountPrefix,
  customerKey,
  devicePrefix,
  ledgerKey,
  ledgerPartition,
  rollUpKey,
  servicePrefix,
  soldKey,
} from "../table/keys.ts";
import { timerPut } from "../table/timers.ts";
import type { Item } from "../table/units.ts";
import { insert, type Write } from "../table/writes.ts";

/*
 * The usage ledger in the table: a partition for each customer, which outlives it, with the records of each day in their order. The sweep of a night
 * writes the day that is over, and those that were missed, in one transaction with the timer of the next night.
 */

/** Days that one transaction writes at most; the timer stays due for the rest. */
const daysAtOnce = 20;
/** The same beside the removal of a customer: the longest time that one can be restored, and a night. */
const daysAtEnd = 60;

const rangeOf = ({ from, to }: Period) => ({ from: `${from}#`, until: `${to}#~` });

/** Reads all pages of a query, without keeping them. */
async function* pagesOf(db: Database, query: { pk: string } & ({ prefix: string } | { from: string; until: string })) {
  let after: string | undefined;
  do {
    const page = await db.query({ ...query, after, limit: 1_000 });
    yield* page.items;
    after = page.last?.sk;
  } while (after !== undefined);
}

/** The records of a customer's ledger in a period, in the order of days and of their sequence. */
export async function readLedger(db: Database, customerId: string, period: Period): Promise<LedgerRecord[]> {
  const records: LedgerRecord[] = [];
  for await (const item of pagesOf(db, { pk: ledgerPartition(customerId), ...rangeOf(period) }))
    records.push(LedgerRecord.parse(item["record"]));
  return records;
}

/** What customers of the caller's branch used, as their ledgers have it. */
export const ledgerStore = (context: StoreContext) => ({
  /**
   * A customer's chain and the records of a day, for the provider, who alone corrects them.
   * @throws DomainError not_found | forbidden | customer_deleted
   */
  async loadForCorrection(customerId: string, day: string): Promise<{ chain: Chain; records: LedgerRecord[] }> {
    const [, records] = await Promise.all([
      loadChain(context, customerId),
      readLedger(context.db, customerId, { from: day, to: day }),
    ]);
    if (!isProviders(context.caller))
      throw new DomainError("forbidden", "The usage ledger is corrected by the provider.");
    return { chain: await loadLiveChain(context, customerId), records };
  },
  /** What corrects a day. @throws DomainError not_found where it has no record */
  correction(
    records: readonly LedgerRecord[],
    day: string,
    facts: { [Name in keyof LedgerFacts]?: LedgerFacts[Name] | undefined },
    reason: string,
  ): [LedgerRecord, LedgerDay] {
    const [standing] = standingDays(records, { from: day, to: day });
    if (!standing) throw notFound("day of the ledger");
    const { kind: _, sequence: __, recordedAt: ___, basis: ____, ...known } = standing;
    const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
    const corrected = { ...known, ...given };
    const peakBytes = Math.max(corrected.peakBytes, corrected.usedBytes);
    const at = new Date(context.now()).toISOString();
    return correctDay(records, { ...corrected, peakBytes }, { reason, by: context.caller.id, at });
  },
  /** The writes of records, none of which is changed afterwards. */
  insert: (records: readonly LedgerRecord[]): Write[] => records.map(ledgerInsert),
  log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
  /** @throws DomainError not_found */
  async usage(customerId: string, period: Period, unit: "day" | "month"): Promise<UsageRow[]> {
    const [, records] = await Promise.all([loadChain(context, customerId), readLedger(context.db, customerId, period)]);
    return usageOf(standingDays(records, period), period, unit);
  },
  /** What the branch of a customer had on the last days with a record, oldest first; they are looked for among so many days. */
  async trend(customerId: string, days: number): Promise<({ day: string } & LedgerFacts["branch"])[]> {
    // Its own time zone may be a day ahead of UTC, or behind it.
    const to = addDays(dayAt("UTC", context.now()), 1);
    const period = { from: addDays(to, -days - 1), to };
    const records = await readLedger(context.db, customerId, period);
    return standingDays(records, period)
      .slice(-days)
      .map(({ day, branch }) => ({ day, ...branch }));
  },
});

/** The last record that a customer's ledger has, null where it has none. */
async function lastRecord(db: Database, customerId: string): Promise<LedgerRecord | null> {
  const { items } = await db.query({ pk: ledgerPartition(customerId), limit: 1, newestFirst: true });
  return items[0] === undefined ? null : LedgerRecord.parse(items[0]["record"]);
}

/**
 * The writes that file a customer with each of those to whom it was sold in a month: with itself and all above it but the provider, whom nobody
 * invoices. They are written on the first day of each month and after each move, and again they change nothing.
 */
function soldWrites(days: readonly LedgerDay[], last: LedgerRecord | null): Write[] {
  const writes = new Map<string, Write>();
  let before = last;
  for (const record of days) {
    const { customerId, sellers, name, day } = record;
    const known = before?.kind === "day" && monthOf(before.day) === monthOf(day) ? pathOf(before) : [];
    for (const payerId of pathOf(record).slice(1)) {
      const key = soldKey(payerId, monthOf(day), customerId);
      if (!known.includes(payerId))
        writes.set(key.pk, { kind: "put", key, item: { ...key, kind: "sold", name, sellers }, when: [] });
    }
    before = record;
  }
  return [...writes.values()];
}

const DeviceFacts = z.object({
  kind: z.literal("device"),
  machineKind: DeviceKind,
  state: DeviceState,
  licensed: z.boolean(),
});
type Counted = Pick<LedgerFacts, "devices" | "licences" | "accounts" | "services"> & { usedBytes: number };

/** What a customer itself has at present: a pass over its accounts, devices and services that keeps counters only. */
async function countOwn(db: Database, customerId: string): Promise<Counted> {
  const counted: Counted = { usedBytes: 0, devices: {}, licences: 0, accounts: {}, services: [] };
  const plans = new Map<string, string>();
  const subAccounts: string[] = [];
  for await (const item of pagesOf(db, { pk: customerId, prefix: accountPrefix })) {
    const { id, plan, parentAccountId, deletedAt, usedBytes } = AccountRecord.parse(item);
    counted.usedBytes += usedBytes;
    if (plan !== null) plans.set(id, plan);
    if (deletedAt !== null) continue;
    if (plan !== null) counted.accounts[plan] = (counted.accounts[plan] ?? 0) + 1;
    else if (parentAccountId !== null) subAccounts.push(parentAccountId);
  }
  for (const parentId of subAccounts) {
    const plan = plans.get(parentId);
    if (plan !== undefined) counted.accounts[plan] = (counted.accounts[plan] ?? 0) + 1;
  }
  for await (const item of pagesOf(db, { pk: customerId, prefix: devicePrefix() })) {
    const { machineKind, state, licensed } = DeviceFacts.parse(item);
    if (state === "active" || state === "suspended")
      counted.devices[machineKind] = (counted.devices[machineKind] ?? 0) + 1;
    if (licensed) counted.licences += 1;
  }
  for await (const item of pagesOf(db, { pk: customerId, prefix: servicePrefix.current }))
    counted.services.push(LedgerService.parse(item));
  return counted;
}

const nothing: Counted = { usedBytes: 0, devices: {}, licences: 0, accounts: {}, services: [] };

/** The write of one record, which nobody changes afterwards. */
const ledgerInsert = (record: LedgerRecord): Write =>
  insert(ledgerKey(record.customerId, record.day, record.sequence), { kind: "ledger", record });

/**
 * The writes of a night: a record for each day that is over and has none, and the timer of the next night. Yesterday is measured; what was missed
 * before it is written from what is known, and says so. Run twice, it finds nothing left to write.
 */
export async function nightWrites({ db, now: nowMs }: Pick<WorkContext, "db" | "now">, chain: Chain): Promise<Write[]> {
  const [record] = chain;
  const { id, createdAt } = record;
  const [now, zone] = [nowMs(), zoneOf(chain)];
  const [last, [item, rollUp]] = await Promise.all([lastRecord(db, id), db.getAll([customerKey(id), rollUpKey(id)])]);
  const due = daysDue(zone, createdAt, last?.day ?? null, now);
  const days = due.slice(0, daysAtOnce);
  // The timer of a night that is missing stays at its time, by which those who need the ledger see that it is.
  const missing = due[daysAtOnce];
  if (days.length === 0) return [timerPut(id, "ledger", nextNight(zone, now))];
  const counted = await countOwn(db, id);
  const yesterday = due.at(-1);
  const moved = UsageLevel.parse(rollUp ?? {});
  const recordedAt = new Date(now).toISOString();
  const records = days.map((day): LedgerDay => ({
    ...standingOn(chain, zone, day),
    ...counted,
    ...usedOn(moved, day, counted.usedBytes),
    branch: branchOf(record, item),
    kind: "day",
    sequence: 1,
    recordedAt,
    basis: day === yesterday ? "measured" : "facts",
  }));
  return [
    ...records.map(ledgerInsert),
    ...soldWrites(records, last),
    ...zoneWrites(id, rollUp, zone),
    timerPut(id, "ledger", missing === undefined ? nextNight(zone, now) : nextNight(zone, morningOf(missing))),
  ];
}

/** A time on a day, or on the evening before, wherever it is: the night after it is due for the day, or before that. */
const morningOf = (day: string): number => Date.parse(`${day}T06:00:00Z`);

/** What a customer's record knows of its branch. @param item the same as it is stored, with the counters of attention */
const branchOf = ({ usedBytes, deviceCount }: CustomerRecord, item: Item | undefined): LedgerFacts["branch"] => ({
  usedBytes: Math.max(0, usedBytes),
  devices: Math.max(0, deviceCount),
  attention: attentionCounts(item ?? {}).devices,
});

/** Tells the roll-up when the customer's days begin, where it knows another zone. */
const zoneWrites = (id: string, rollUp: Item | undefined, zone: string): Write[] =>
  rollUp === undefined || rollUp["zone"] === zone
    ? []
    : [{ kind: "update", key: rollUpKey(id), set: { zone }, add: {}, when: [{ exists: true }] }];

/**
 * The record of the day on which a customer is removed for good, and those of days before it that have none: a ledger ends with a day on which there is
 * nothing any more.
 */
export async function lastWrites(db: Database, chain: Chain, now: number): Promise<Write[]> {
  const [{ id, createdAt }] = chain;
  const zone = zoneOf(chain);
  const [last, today] = [await lastRecord(db, id), dayAt(zone, now)];
  if (last !== null && last.day >= today) return [];
  const days = [...daysDue(zone, createdAt, last?.day ?? null, now), today].slice(-daysAtEnd);
  const records = days.map((day): LedgerDay => ({
    ...standingOn(chain, zone, day),
    ...nothing,
    peakBytes: 0,
    branch: { usedBytes: 0, devices: 0, attention: 0 },
    kind: "day",
    sequence: 1,
    recordedAt: new Date(now).toISOString(),
    basis: "facts",
  }));
  return [...records.map(ledgerInsert), ...soldWrites(records, last)];
}
