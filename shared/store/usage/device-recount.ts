import { AccountRecord } from "../../domain/accounts/account.ts";
import { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { readDevice } from "../devices/device-records.ts";
import { readChain } from "../hierarchy/chain.ts";
import { childrenOf } from "../hierarchy/device-counting.ts";
import type { Database } from "../table/database.ts";
import { accountPrefix, customerKey, devicePrefix } from "../table/keys.ts";
import type { Update } from "../table/writes.ts";
import { all, type Mismatch } from "./recount.ts";

/*
 * Counts of devices that limits rely on (`deviceDrawn`) are made in the transactions themselves and never lag: a customer has its own devices and
 * those of the children that it counts. So they are proven from below: once all children are right, so is their sum.
 */

const isMarked = ({ devicesCountedAbove, deletedAt }: CustomerRecord): boolean =>
  devicesCountedAbove === true && deletedAt === null;

/** The devices of a customer's own that count: those of deleted accounts do not. */
async function ownDevices(db: Database, id: string): Promise<number> {
  const [devices, items] = await Promise.all([all(db, id, devicePrefix()), all(db, id, accountPrefix)]);
  const accounts = new Map(items.map((item) => [String(item["id"]), AccountRecord.parse(item)]));
  const isDeleted = (accountId: string | null): boolean => {
    const account = accounts.get(accountId ?? "");
    return account !== undefined && (account.deletedAt !== null || isDeleted(account.parentAccountId));
  };
  return devices
    .map(readDevice)
    .filter(({ state, accountId }) => (state === "active" || state === "suspended") && !isDeleted(accountId)).length;
}

/** What is wrong with the counts of devices at one customer, as long as nobody changes them; null where somebody does. */
async function checkOnce(db: Database, id: string): Promise<Mismatch[] | null> {
  const [chain, ids, own] = await Promise.all([readChain(db, id), childrenOf(db, id), ownDevices(db, id)]);
  // What is on its way to another customer is counted there, and still stands here.
  if (!chain || chain[0].moveId !== null) return [];
  const keys = ids.map(customerKey);
  const read = async (from: Database): Promise<CustomerRecord[]> =>
    (await from.getAll(keys)).flatMap((item) => (item ? [CustomerRecord.parse(item)] : []));
  const children = await read(db);
  const again = db.fresh();
  const [after, later] = [await again.get(customerKey(id)), await read(again)];
  const standing = (records: readonly CustomerRecord[]): string =>
    JSON.stringify(records.map((one) => [one.id, one.deviceDrawn, isMarked(one)]));
  if (!after || after["deviceDrawn"] !== chain[0].deviceDrawn || standing(children) !== standing(later)) return null;

  const told = (what: Mismatch["what"], of: string, counter: string, counted: number, fact: number): Mismatch[] =>
    counted === fact ? [] : [{ what, id: of, customerId: id, counter, counted, fact, progress: null }];
  // What nothing above counts for yet counts nowhere; it is marked first, and then taken into the sum.
  const counts = chain.some(({ devicesCounted }) => devicesCounted === true);
  const left = children.filter(({ deviceDrawn, devicesCountedAbove: mark }) => deviceDrawn > 0 && mark === null);
  const sum = children.filter(isMarked).reduce((total, { deviceDrawn }) => total + deviceDrawn, 0);
  const [{ devicesCounted, deviceLimit }] = chain;
  return [
    // A request died between counting and setting its limit.
    ...told("customer", id, "devicesCounted", devicesCounted === true && deviceLimit === null ? 1 : 0, 0),
    ...(counts ? left.flatMap((child) => told("child", child.id, "devicesCountedAbove", 0, 1)) : []),
    ...told("customer", id, "deviceDrawn", chain[0].deviceDrawn, own + sum),
    ...told("customer", id, "deviceFree", Number(after["deviceFree"]), (chain[0].deviceLimit ?? 0) - own - sum),
  ];
}

const tries = 5;
/** Compares a customer's count of devices with the facts, once those of its children have been. @returns null where they keep changing */
export async function checkDevices(db: Database, id: string): Promise<Mismatch[] | null> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const first = await checkOnce(db.fresh(), id);
    if (first?.length === 0) return [];
    const second = first && (await checkOnce(db.fresh(), id));
    if (second && JSON.stringify(second) === JSON.stringify(first)) return first;
  }
  return null;
}

const marks: ReadonlySet<string> = new Set(["devicesCounted", "devicesCountedAbove"]);
/** The write that puts one count of devices right, or one mark, as long as it stands as it was found. */
export function deviceRepair({ id, counter, counted, fact }: Mismatch): Update {
  const value = (of: number): number | true | null => (marks.has(counter) ? (of === 1 ? true : null) : of);
  const limited = counter === "devicesCounted" ? [{ attribute: "deviceLimit", is: null } as const] : [];
  return {
    kind: "update",
    key: customerKey(id),
    set: { [counter]: value(fact) },
    add: {},
    when: [{ exists: true }, { attribute: counter, is: value(counted) }, ...limited],
  };
}
