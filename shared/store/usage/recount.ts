import pMap from "p-map";
import { AccountRecord } from "../../domain/accounts/account.ts";
import { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { attentionCounters, attentionShare } from "../../domain/devices/attention.ts";
import type { Database } from "../table/database.ts";
import { readDevice } from "../devices/device-records.ts";
import { childrenOf } from "../hierarchy/device-counting.ts";
import {
  accountKey,
  accountPrefix,
  customerKey,
  devicePrefix,
  type Key,
  probeKey,
  rollUpKey,
  totalsKey,
  totalsPrefix,
} from "../table/keys.ts";
import { Progress, Totals, totalsAbove, totalsNames, TotalsItem, watchLink } from "./roll-up.ts";
import type { Item } from "../table/units.ts";
import { Contended, Stale, type Write } from "../table/writes.ts";

/** A counter that differs from the facts. */
export interface Mismatch {
  /** The account, the customer, the child whose totals its parent remembers, or the one whose devices its parent should count. */
  what: "account" | "customer" | "totals" | "child";
  id: string;
  customerId: string;
  counter: string;
  counted: number;
  fact: number;
  /** How far the customer's devices had been added up; a repair holds only as long as that is so. */
  progress: string | null;
}

const pageSize = 500;
/** Everything of one kind in a partition. */
export async function all(db: Database, pk: string, prefix: string): Promise<Item[]> {
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const page = await db.query({ pk, prefix, after, limit: pageSize });
    items.push(...page.items);
    after = page.last?.sk;
  } while (after !== undefined);
  return items;
}

const nobodys = { usedBytes: 0, deviceCount: 0, licencesUsed: 0, devicesHeld: 0 };

/** Compares all counters that one customer holds with the facts below it. */
export async function checkCustomer(db: Database, id: string): Promise<Mismatch[]> {
  const [item, progressItem, devices, accounts, totals, children] = await Promise.all([
    db.get(customerKey(id)),
    db.get(rollUpKey(id)),
    all(db, id, devicePrefix()),
    all(db, id, accountPrefix),
    all(db, id, totalsPrefix),
    childrenOf(db, id),
  ]);
  if (!item) return [];
  const progress = typeof progressItem?.["sequence"] === "string" ? progressItem["sequence"] : null;
  const customer = CustomerRecord.parse(item);
  // What is on its way to another customer is counted there, and still stands here.
  if (customer.moveId !== null) return [];
  const facts = { usedBytes: 0, deviceCount: 0, licencesUsed: 0 };
  const records = new Map(accounts.map((one) => AccountRecord.parse(one)).map((account) => [account.id, account]));
  const parentOf = (accountId: string): string | null => records.get(accountId)?.parentAccountId ?? null;
  const isDeleted = (accountId: string | null): boolean =>
    accountId !== null && (records.get(accountId)?.deletedAt ?? null) !== null;
  const needs = Totals.parse({});
  const perAccount = new Map<string, typeof nobodys>();
  const add = (accountId: string, counts: Partial<typeof nobodys>): void => {
    const sum = perAccount.get(accountId) ?? nobodys;
    perAccount.set(accountId, {
      usedBytes: sum.usedBytes + (counts.usedBytes ?? 0),
      deviceCount: sum.deviceCount + (counts.deviceCount ?? 0),
      licencesUsed: sum.licencesUsed + (counts.licencesUsed ?? 0),
      devicesHeld: sum.devicesHeld + (counts.devicesHeld ?? 0),
    });
  };
  for (const device of devices.map(readDevice)) {
    const deviceCount = device.state === "active" || device.state === "suspended" ? 1 : 0;
    facts.usedBytes += device.usedBytes;
    for (const [name, by] of Object.entries(attentionShare(device))) needs[name as keyof Totals] += by;
    const { accountId, usedBytes } = device;
    if (accountId === null) continue;
    const licencesUsed = device.licensed ? 1 : 0;
    const parent = parentOf(accountId);
    add(accountId, { usedBytes, deviceCount, licencesUsed, devicesHeld: deviceCount });
    // A deleted account has given back its licences and devices, those of its sub-accounts with them, and keeps the counts for its restoration.
    if (parent !== null && !isDeleted(accountId)) add(parent, { licencesUsed, devicesHeld: deviceCount });
    if (isDeleted(accountId) || isDeleted(parent)) continue;
    facts.licencesUsed += licencesUsed;
    facts.deviceCount += deviceCount;
  }
  const known = new Map(totals.map((one) => [String(one["sk"]).slice(totalsPrefix.length), TotalsItem.parse(one)]));
  const wrong: Mismatch[] = [];
  const compare = (what: Mismatch["what"], of: string, counter: string, counted: number, fact: number): void => {
    if (counted !== fact) wrong.push({ what, id: of, customerId: id, counter, counted, fact, progress });
  };
  for (const account of records.values()) {
    const fact = perAccount.get(account.id) ?? nobodys;
    for (const counter of ["usedBytes", "deviceCount", "licencesUsed", "devicesHeld"] as const)
      compare("account", account.id, counter, account[counter], fact[counter]);
  }
  for (const counter of ["usedBytes", "deviceCount", "licencesUsed"] as const) {
    const below = [...known.values()].reduce((sum, one) => sum + one[counter], 0);
    compare("customer", id, counter, customer[counter], facts[counter] + below);
  }
  const counted = Totals.parse(item);
  for (const counter of attentionCounters) {
    const below = [...known.values()].reduce((sum, one) => sum + one[counter], 0);
    compare("customer", id, counter, counted[counter], needs[counter] + below);
  }
  const below = await db.getAll(children.map(customerKey));
  for (const [index, child] of children.entries()) {
    const record = below[index];
    const own = record ? totalsAbove(record) : Totals.parse({});
    for (const counter of totalsNames)
      compare("totals", child, counter, known.get(child)?.[counter] ?? 0, own[counter]);
  }
  return wrong;
}

const probeTries = 100;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Waits until all that was committed about a customer's devices has been added up: a probe goes through the stream behind it.
 * @returns how many changes have been added up till then; null where the probe does not come through
 */
async function drained(open: () => Database, customerId: string, nonce: string): Promise<number | null> {
  const key = probeKey(customerId);
  await open().commit([{ kind: "put", key, item: { ...key, kind: "probe", nonce }, when: [] }]);
  for (let attempt = 0; attempt < probeTries; attempt += 1) {
    const item = await open().get(rollUpKey(customerId));
    const progress = item ? Progress.parse(item) : null;
    if (progress?.probed === nonce) return progress.changes;
    await sleep(200);
  }
  return null;
}

/** Children whose probes go through the stream side by side. */
const probesAtOnce = 16;

/**
 * The counters of a customer that differ from the facts by mistake, and not because something is still on its way: they differ in the same
 * way before and after a moment in which nothing was added up and nothing waited. A child's totals come by the child's own shard of the stream,
 * so the probe goes through that one too. Null where the stream does not let that be known.
 */
export async function proven(
  open: () => Database,
  customerId: string,
  nonce: () => string,
): Promise<Mismatch[] | null> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const before = await drained(open, customerId, nonce());
    if (before === null) return null;
    const same = (mismatch: Mismatch): string => JSON.stringify({ ...mismatch, progress: null });
    const found = await checkCustomer(open(), customerId);
    const first = new Set(found.map(same));
    const children = new Set(found.filter(({ what }) => what === "totals").map(({ id }) => id));
    const below = await pMap(children, (id) => drained(open, id, nonce()), { concurrency: probesAtOnce });
    const after = await drained(open, customerId, nonce());
    if (after === null || below.includes(null)) return null;
    if (before === after) return (await checkCustomer(open(), customerId)).filter((one) => first.has(same(one)));
  }
  return null;
}

const nothing = Object.fromEntries(totalsNames.map((name) => [name, 0]));

/** Puts one counter right, as long as it stands as it was found. @returns whether that was so */
export async function repair(
  db: Database,
  { what, id, customerId, counter, counted, fact, progress }: Mismatch,
): Promise<boolean> {
  const delta = fact - counted;
  const change = (key: Key, was: number): Write => ({
    kind: "update",
    key,
    set: { [counter]: was + delta },
    add: {},
    when: [{ attribute: counter, counts: was }],
  });
  const still: Write[] =
    progress === null
      ? []
      : [
          {
            kind: "update",
            key: rollUpKey(customerId),
            set: { checked: true },
            add: {},
            when: [{ attribute: "sequence", is: progress }],
          },
        ];
  try {
    if (what === "account") await db.commit([change(accountKey(customerId, id), counted), ...still]);
    else if (what === "customer") await db.commit([change(customerKey(id), counted), ...still]);
    else {
      // What the parent remembers of a child, and with it the difference in the parent's own counter.
      const item = await db.get(totalsKey(customerId, id));
      const at = await db.get(customerKey(customerId));
      const own = at?.[counter];
      const known = item ? TotalsItem.parse(item) : Totals.parse({});
      await db.commit([
        ...watchLink(customerId, id, known, { ...known, [counter]: fact }),
        item
          ? change(totalsKey(customerId, id), counted)
          : {
              kind: "put",
              key: totalsKey(customerId, id),
              item: { ...totalsKey(customerId, id), kind: "totals", ...nothing, [counter]: fact, sequence: "0" },
              when: [{ exists: false }],
            },
        {
          kind: "update",
          key: customerKey(customerId),
          set: {},
          add: { [counter]: delta },
          when: [{ attribute: counter, is: typeof own === "number" ? own : null }],
        },
      ]);
    }
    return true;
  } catch (error) {
    if (error instanceof Stale || error instanceof Contended) return false;
    throw error;
  }
}
