import * as z from "zod";
import { Attention, attentionCounter, attentionCounters, attentionShare } from "../../domain/devices/attention.ts";
import { Counter } from "../../domain/terms/allowance.ts";
import { dayAt } from "../../domain/terms/wall-clock.ts";
import { movedBy, UsageLevel } from "../../domain/usage/usage-days.ts";
import { AccountId, CustomerId, DeviceId } from "../../domain/terms/ids.ts";
import type { Database } from "../table/database.ts";
import { accountKey, customerKey, pointerKey, rollUpKey, totalsKey, watchKey } from "../table/keys.ts";
import { persist } from "../table/persist.ts";
import { isAfter } from "../table/stream.ts";
import type { Item } from "../table/units.ts";
import type { Update, Write } from "../table/writes.ts";

/*
 * What devices use is added up behind the requests, by the stream. First each change of a device is added to its account and its customer,
 * exactly once: the customer's partition remembers how far of the stream it has been taken in. Then each customer's totals replace the
 * last ones that its parent knows of, and the difference is added there; and so on, level by level. Whatever is delivered twice, or
 * in another batch, finds that it has been taken in.
 */

/** Accounts of one transaction, which may have a hundred parts, and each two where it was moved; and children, of which each may have two. */
const accountsAtOnce = 48;
const childrenAtOnce = 48;

/**
 * A change of what a device uses, or of what it needs attention for, as the stream tells it; or the probe of a recount, which is to be noted in
 * its turn. `accountId` null: the device waits for one, and uses nothing.
 */
export interface UsageChange {
  sequence: string;
  customerId: string;
  accountId: string | null;
  delta: number;
  /** What changes in the counters of attention, by their names. */
  attention?: Readonly<Record<string, number>>;
  probe?: string;
}

const DeviceImage = z.object({
  customerId: CustomerId,
  accountId: AccountId.nullable().default(null),
  usedBytes: z.int().default(0),
  replacedBy: DeviceId.nullable().default(null),
  replaces: z.array(DeviceId).default([]),
  attention: z.array(Attention).default([]),
  deletedAt: z.string().nullable().default(null),
});
type DeviceImage = z.infer<typeof DeviceImage>;

/** What changes in the counters of attention from one image of a device to another. */
function attentionDelta(before: DeviceImage | null, after: DeviceImage | null): Record<string, number> {
  const [old, now] = [before ? attentionShare(before) : {}, after ? attentionShare(after) : {}];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return Object.fromEntries(
    names
      .map((name) => [name, (now[name] ?? 0) - (old[name] ?? 0)] as const)
      .filter(([, difference]) => difference !== 0),
  );
}

/** What one device uses more or less. A new one has used nothing, and one that goes has given it all back before. */
function usedDelta(before: DeviceImage | null, after: DeviceImage | null): number {
  if (!before || !after || after.accountId === null) return 0;
  // What one device hands over to another is counted where it is then, in the same transaction.
  const handedOver = before.replacedBy !== after.replacedBy || before.replaces.length !== after.replaces.length;
  return handedOver ? 0 : after.usedBytes - before.usedBytes;
}

/** What a change of a device's item means for its account and customer, one that begins or goes included; null: nothing. */
export function usageChange(sequence: string, before: Item | null, after: Item | null): UsageChange | null {
  const [old, now] = [before && DeviceImage.parse(before), after && DeviceImage.parse(after)];
  const at = now ?? old;
  if (!at) return null;
  const { customerId, accountId } = at;
  const [delta, attention] = [usedDelta(old, now), attentionDelta(old, now)];
  return delta === 0 && Object.keys(attention).length === 0
    ? null
    : { sequence, customerId, accountId, delta, attention };
}

/** The probe of a recount, as the stream brings it. */
export function probeChange(sequence: string, after: Item): UsageChange {
  const { pk, nonce } = z.object({ pk: z.string(), nonce: z.string() }).parse(after);
  return { sequence, customerId: pk, accountId: null, delta: 0, probe: nonce };
}

/**
 * How far the changes of a customer's devices have been added up, how many there have been, and the last probe among them; and how the sum has moved
 * lately, by the day of the customer's time zone, which the ledger writes here.
 */
export const Progress = UsageLevel.extend({
  sequence: z.string(),
  changes: z.int().default(0),
  probed: z.string().nullable().default(null),
  zone: z.string().default("UTC"),
});

const noLevel: UsageLevel = { level: 0, days: [] };
const withoutZeros = (counters: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counters).filter(([, value]) => value !== 0));

const add = (key: Update["key"], counters: Record<string, number>): Update => ({
  kind: "update",
  key,
  set: {},
  add: counters,
  when: [{ exists: true }],
});

/** Where accounts are that are not at the customer any more of which the stream tells: late changes of their devices follow them. */
async function movedAccounts(db: Database, ids: readonly string[]): Promise<Map<string, string>> {
  const pointers = await db.getAll(ids.map(pointerKey));
  const at = (index: number): string | null => {
    const { kind, customerId } = pointers[index] ?? {};
    return kind === "pointer" && typeof customerId === "string" ? customerId : null;
  };
  return new Map(
    ids.flatMap((id, index) => {
      const customerId = at(index);
      return customerId === null ? [] : [[id, customerId] as const];
    }),
  );
}

/**
 * Adds changes of one customer's devices to its accounts and to the customer, in order, as many at a time as a transaction holds.
 * @param now on which day they count, in milliseconds since the epoch
 * @returns transactions that were made
 */
export async function rollUpDevices(
  open: () => Database,
  random: () => number,
  now: number,
  customerId: string,
  changes: readonly UsageChange[],
): Promise<number> {
  let made = 0;
  for (let rest = [...changes]; rest.length > 0;) {
    rest = await persist(random, async () => {
      const db = open();
      const key = rollUpKey(customerId);
      const item = await db.get(key);
      const progress = item ? Progress.parse(item) : null;
      const done = progress?.sequence ?? null;
      const fresh = rest.filter(({ sequence }) => done === null || isAfter(sequence, done));
      const sums = new Map<string, number>();
      const attention = new Map<string, number>();
      let taken = 0;
      let probed: string | undefined;
      for (const { accountId, delta, attention: changed = {}, probe } of fresh) {
        if (delta !== 0 && accountId !== null) {
          if (!sums.has(accountId) && sums.size === accountsAtOnce) break;
          sums.set(accountId, (sums.get(accountId) ?? 0) + delta);
        }
        for (const [name, by] of Object.entries(changed)) attention.set(name, (attention.get(name) ?? 0) + by);
        if (probe !== undefined) probed = probe;
        taken += 1;
      }
      const last = fresh[taken - 1];
      if (!last) return [];
      const ids = [...sums.keys()];
      const [customer, ...accounts] = await db.getAll([
        customerKey(customerId),
        ...ids.map((id) => accountKey(customerId, id)),
      ]);
      // What was purged meanwhile counts nowhere any more, and nothing is left in the place of a customer that was.
      if (!customer) return [];
      const present = ids.filter((_, index) => accounts[index] !== undefined);
      const absent = ids.filter((id) => !present.includes(id));
      const elsewhere = await movedAccounts(db, absent);
      const total = [...sums].reduce((sum, [id, delta]) => sum + (elsewhere.has(id) ? 0 : delta), 0);
      const own = fresh
        .slice(0, taken)
        .filter(({ accountId, delta }) => delta !== 0 && accountId !== null && !elsewhere.has(accountId))
        .map(({ delta }) => delta);
      const moved = movedBy(progress ?? noLevel, dayAt(progress?.zone ?? "UTC", now), own);
      const counters = withoutZeros({ usedBytes: total, ...Object.fromEntries(attention) });
      const writes: Write[] = [
        {
          kind: "update",
          key,
          set: {
            kind: "roll-up",
            sequence: last.sequence,
            ...(probed !== undefined && { probed }),
            ...(own.length > 0 && moved),
          },
          add: { changes: fresh.slice(0, taken).filter(({ probe }) => probe === undefined).length },
          when: [{ attribute: "sequence", is: done }],
        },
        ...present
          .filter((id) => sums.get(id) !== 0)
          .map((id) => add(accountKey(customerId, id), { usedBytes: sums.get(id) ?? 0 })),
        ...[...elsewhere].flatMap(([id, at]) => {
          const more = { usedBytes: sums.get(id) ?? 0 };
          return more.usedBytes === 0 ? [] : [add(accountKey(at, id), more), add(customerKey(at), more)];
        }),
        Object.keys(counters).length === 0
          ? { kind: "check" as const, key: customerKey(customerId), when: [{ exists: true } as const] }
          : add(customerKey(customerId), counters),
      ];
      await db.commit(writes);
      made += 1;
      return fresh.slice(taken);
    });
  }
  return made;
}

/** Counters that go up the tree. */
export const totalsNames = [
  "usedBytes",
  "deviceCount",
  "licencesUsed",
  "licencesUsedToDate",
  ...attentionCounters,
] as const;
type TotalsName = (typeof totalsNames)[number];
export type Totals = Record<TotalsName, number>;
const totalsShape = Object.fromEntries(totalsNames.map((name) => [name, Counter])) as Record<
  TotalsName,
  typeof Counter
>;
export const Totals = z.object(totalsShape);
export const TotalsItem = Totals.extend({ sequence: z.string() });

/** The totals of a customer at a place of the stream. */
export interface TotalsChange {
  sequence: string;
  customerId: string;
  parentId: string;
  totals: Totals;
}

const CustomerImage = Totals.extend({
  id: CustomerId,
  parentId: CustomerId.nullable().default(null),
  deletedAt: z.string().nullable().default(null),
  active: z.boolean().default(true),
});
const calm = Object.fromEntries(attentionCounters.map((name) => [name, 0]));
/**
 * What a customer counts for at its parent: all that it has, but the licences and devices of a deleted branch, which it has given back. What
 * must not back up, or is deleted, needs nobody's attention.
 */
export function totalsAbove(item: Item): Totals {
  const { deletedAt, active, ...image } = CustomerImage.parse(item);
  return Totals.parse({
    ...image,
    ...(deletedAt !== null && { licencesUsed: 0, deviceCount: 0 }),
    ...((deletedAt !== null || !active) && calm),
  });
}

/** What a change of a customer's item means for its parent; null: nothing. */
export function totalsChange(sequence: string, before: Item, after: Item): TotalsChange | null {
  const { id: customerId, parentId } = CustomerImage.parse(after);
  const [old, totals] = [totalsAbove(before), totalsAbove(after)];
  // A new parent hears of all that has not reached the old one.
  const stays = CustomerImage.parse(before).parentId === parentId;
  if (parentId === null || (stays && totalsNames.every((name) => old[name] === totals[name]))) return null;
  return { sequence, customerId, parentId, totals };
}

/** The last of each customer's changes: totals are absolute, so the earlier ones are in it. */
export const lastOfEach = (changes: readonly TotalsChange[]): TotalsChange[] => {
  const last = new Map<string, TotalsChange>();
  for (const change of changes) {
    const known = last.get(change.customerId);
    if (!known || isAfter(change.sequence, known.sequence)) last.set(change.customerId, change);
  }
  return [...last.values()];
};

const attentionNames: ReadonlySet<string> = new Set(attentionCounters);
/** Totals as an item holds them: most branches are well, and keep no counters of attention. */
const kept = (totals: Totals): Record<string, number> =>
  Object.fromEntries(Object.entries(totals).filter(([name, value]) => value !== 0 || !attentionNames.has(name)));

/**
 * The write after which a parent knows that devices of a child's branch need attention, or that none does any more. It stands beside that of the
 * child's totals, and relies on its condition.
 */
export function watchLink(parentId: string, childId: string, before: Totals | null, after: Totals): Write[] {
  if (attentionCounters.every((name) => (before?.[name] ?? 0) === after[name])) return [];
  const key = watchKey(parentId, childId);
  const counts = Object.fromEntries(attentionCounters.map((name) => [name, after[name]]));
  return after[attentionCounter] === 0
    ? [{ kind: "delete", key, when: [] }]
    : [{ kind: "put", key, item: { ...key, kind: "watch", ...withoutZeros(counts) }, when: [] }];
}

/** Puts the totals of children in the place of those that their parent knew, and adds the differences to it. @returns transactions made */
export async function rollUpTotals(
  open: () => Database,
  random: () => number,
  parentId: string,
  changes: readonly TotalsChange[],
): Promise<number> {
  let made = 0;
  for (let start = 0; start < changes.length; start += childrenAtOnce) {
    const part = changes.slice(start, start + childrenAtOnce);
    await persist(random, async () => {
      const db = open();
      const [parent, ...items] = await db.getAll([
        customerKey(parentId),
        ...part.map(({ customerId }) => totalsKey(parentId, customerId)),
      ]);
      if (!parent) return;
      const sum = Totals.parse({});
      const writes: Write[] = [];
      for (const [index, { customerId, sequence, totals }] of part.entries()) {
        const item = items[index];
        const known = item ? TotalsItem.parse(item) : null;
        if (known && !isAfter(sequence, known.sequence)) continue;
        for (const name of totalsNames) sum[name] += totals[name] - (known?.[name] ?? 0);
        const key = totalsKey(parentId, customerId);
        writes.push({
          kind: "put",
          key,
          item: { ...key, kind: "totals", ...kept(totals), sequence },
          when: [known ? { attribute: "sequence", is: known.sequence } : { exists: false }],
        });
        writes.push(...watchLink(parentId, customerId, known, totals));
      }
      if (writes.length === 0) return;
      const counters = withoutZeros(sum);
      await db.commit([...writes, ...(Object.keys(counters).length > 0 ? [add(customerKey(parentId), counters)] : [])]);
      made += 1;
    });
  }
  return made;
}
