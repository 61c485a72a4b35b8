import * as z from "zod";
import { Counter } from "../../domain/terms/allowance.ts";
import { AccountId, CustomerId, DeviceId } from "../../domain/terms/ids.ts";
import type { Database } from "../table/database.ts";
import { accountKey, customerKey, rollUpKey, totalsKey } from "../table/keys.ts";
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

/** Accounts or children of one transaction, which may have a hundred parts. */
const atOnce = 80;

/** A change of what a device uses, as the stream tells it; or the probe of a recount, which is to be noted in its turn. */
export interface UsageChange {
  sequence: string;
  customerId: string;
  accountId: string;
  delta: number;
  probe?: string;
}

const DeviceImage = z.object({
  customerId: CustomerId,
  accountId: AccountId.nullable().default(null),
  usedBytes: z.int().default(0),
  replacedBy: DeviceId.nullable().default(null),
  replaces: z.array(DeviceId).default([]),
});

/** What a change of a device's item means for its account and customer; null: nothing. */
export function usageChange(sequence: string, before: Item, after: Item): UsageChange | null {
  const [old, now] = [DeviceImage.parse(before), DeviceImage.parse(after)];
  const delta = now.usedBytes - old.usedBytes;
  // What one device hands over to another is counted where it is then, in the same transaction.
  const handedOver = old.replacedBy !== now.replacedBy || old.replaces.length !== now.replaces.length;
  return delta === 0 || handedOver || now.accountId === null
    ? null
    : { sequence, customerId: now.customerId, accountId: now.accountId, delta };
}

/** The probe of a recount, as the stream brings it. */
export function probeChange(sequence: string, after: Item): UsageChange {
  const { pk, nonce } = z.object({ pk: z.string(), nonce: z.string() }).parse(after);
  return { sequence, customerId: pk, accountId: "", delta: 0, probe: nonce };
}

/** How far the changes of a customer's devices have been added up, how many there have been, and the last probe among them. */
export const Progress = z.object({
  sequence: z.string(),
  changes: z.int().default(0),
  probed: z.string().nullable().default(null),
});

const add = (key: Update["key"], counters: Record<string, number>): Update => ({
  kind: "update",
  key,
  set: {},
  add: counters,
  when: [{ exists: true }],
});

/**
 * Adds changes of one customer's devices to its accounts and to the customer, in order, as many at a time as a transaction holds.
 * @returns transactions that were made
 */
export async function rollUpDevices(
  open: () => Database,
  random: () => number,
  customerId: string,
  changes: readonly UsageChange[],
): Promise<number> {
  let made = 0;
  for (let rest = [...changes]; rest.length > 0;) {
    rest = await persist(random, async () => {
      const db = open();
      const key = rollUpKey(customerId);
      const item = await db.get(key);
      const done = item ? Progress.parse(item).sequence : null;
      const fresh = rest.filter(({ sequence }) => done === null || isAfter(sequence, done));
      const sums = new Map<string, number>();
      let taken = 0;
      let probed: string | undefined;
      for (const { accountId, delta, probe } of fresh) {
        if (probe === undefined) {
          if (!sums.has(accountId) && sums.size === atOnce) break;
          sums.set(accountId, (sums.get(accountId) ?? 0) + delta);
        } else probed = probe;
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
      const total = [...sums.values()].reduce((sum, delta) => sum + delta, 0);
      const writes: Write[] = [
        {
          kind: "update",
          key,
          set: { kind: "roll-up", sequence: last.sequence, ...(probed !== undefined && { probed }) },
          add: { changes: fresh.slice(0, taken).filter(({ probe }) => probe === undefined).length },
          when: [{ attribute: "sequence", is: done }],
        },
        ...present
          .filter((id) => sums.get(id) !== 0)
          .map((id) => add(accountKey(customerId, id), { usedBytes: sums.get(id) ?? 0 })),
        total === 0
          ? { kind: "check" as const, key: customerKey(customerId), when: [{ exists: true } as const] }
          : add(customerKey(customerId), { usedBytes: total }),
      ];
      await db.commit(writes);
      made += 1;
      return fresh.slice(taken);
    });
  }
  return made;
}

/** Counters that go up the tree. */
export const totalsNames = ["usedBytes", "deviceCount", "licencesUsed", "licencesUsedToDate"] as const;
type Totals = Record<(typeof totalsNames)[number], number>;
export const Totals = z.object({
  usedBytes: Counter,
  deviceCount: Counter,
  licencesUsed: Counter,
  licencesUsedToDate: Counter,
});
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
});
/** What a customer counts for at its parent: all that it has, but the licences and devices of a deleted branch, which it has given back. */
export function totalsAbove(item: Item): Totals {
  const { deletedAt, ...image } = CustomerImage.parse(item);
  return Totals.parse(deletedAt === null ? image : { ...image, licencesUsed: 0, deviceCount: 0 });
}

/** What a change of a customer's item means for its parent; null: nothing. */
export function totalsChange(sequence: string, before: Item, after: Item): TotalsChange | null {
  const { id: customerId, parentId } = CustomerImage.parse(after);
  const [old, totals] = [totalsAbove(before), totalsAbove(after)];
  if (parentId === null || totalsNames.every((name) => old[name] === totals[name])) return null;
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

/** Puts the totals of children in the place of those that their parent knew, and adds the differences to it. @returns transactions made */
export async function rollUpTotals(
  open: () => Database,
  random: () => number,
  parentId: string,
  changes: readonly TotalsChange[],
): Promise<number> {
  let made = 0;
  for (let start = 0; start < changes.length; start += atOnce) {
    const part = changes.slice(start, start + atOnce);
    await persist(random, async () => {
      const db = open();
      const [parent, ...items] = await db.getAll([
        customerKey(parentId),
        ...part.map(({ customerId }) => totalsKey(parentId, customerId)),
      ]);
      if (!parent) return;
      const sum: Totals = { usedBytes: 0, deviceCount: 0, licencesUsed: 0, licencesUsedToDate: 0 };
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
          item: { ...key, kind: "totals", ...totals, sequence },
          when: [known ? { attribute: "sequence", is: known.sequence } : { exists: false }],
        });
      }
      if (writes.length === 0) return;
      const counters = Object.fromEntries(Object.entries(sum).filter(([, delta]) => delta !== 0));
      await db.commit([...writes, ...(Object.keys(counters).length > 0 ? [add(customerKey(parentId), counters)] : [])]);
      made += 1;
    });
  }
  return made;
}
