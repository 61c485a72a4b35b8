import { AccountRecord } from "../../domain/accounts/account.ts";
import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { type NodeCounts, noNodes } from "../../domain/life/deletion.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import { accountWrites } from "../accounts/account-writes.ts";
import { lastWrites } from "../usage/ledger.ts";
import { readChain } from "../hierarchy/chain.ts";
import { saveCustomer } from "../hierarchy/customers.ts";
import type { Database } from "../table/database.ts";
import { countPurged, settleDeletion } from "../hierarchy/deletion-record.ts";
import { readDevice, saveDevice } from "../devices/device-records.ts";
import {
  accountKey,
  accountPrefix,
  apiKeyLinkPrefix,
  userLinkPrefix,
  contactPrefix,
  customerKey,
  deviceKey,
  deletionsPartition,
  devicePrefix,
  enrolmentKeyPrefix,
  idOfPointer,
  linkedChild,
  linkPrefix,
  servicePrefix,
  setPrefix,
  setsPrefix,
  seedMigrationPrefix,
  storageServerPrefix,
  eventHandlerPrefix,
  subscriptionPrefix,
  taskPartition,
  taskPrefix,
  taskRowPrefix,
  timerKey,
  tombstonesPartition,
  totalsKey,
  undoPrefix,
} from "../table/keys.ts";
import { type Author, logWrite } from "../hierarchy/log.ts";
import { readTask } from "../tasks/records.ts";
import { countServers } from "../hierarchy/server-counts.ts";
import { isBusy, persist } from "../table/persist.ts";
import { findPointer } from "../hierarchy/pointers.ts";
import {
  accountRemoval,
  contactRemoval,
  customerRemoval,
  deviceRemoval,
  emptyDevice,
  eventHandlerRemoval,
  type Heir,
  keyRemoval,
  userRemoval,
  migrationRemoval,
  type Removal,
  restRemoval,
  serviceRemoval,
  setRemoval,
  subscriptionRemoval,
  taskRemoval,
  tombstoneMove,
} from "./purge-steps.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import { vaultOrderPut } from "./vault-orders.ts";
import type { DueTimer } from "../table/sweep.ts";
import type { Item } from "../table/units.ts";
import type { Write } from "../table/writes.ts";

/*
 * What was deleted and not restored in time is removed for good, deepest first, in steps of one transaction each. A step removes things that are
 * there, so what has been done shows in what is left: whoever takes a purge up again, or works at it beside another, goes on where it stands.
 */

/** One turn of work at one purge. */
export interface PurgeTurn {
  open: () => Database;
  clock: () => number;
  /** When the turn ends, in milliseconds since the epoch; another one goes on. */
  until: number;
  random: () => number;
  context: Omit<WorkContext, "db"> & Author;
}
/** complete: nothing is left; more: the turn ended first; void: there is nothing to purge (any more, or yet). */
export type PurgeOutcome = "complete" | "more" | "void";

/** A purge under way. */
interface Work extends PurgeTurn {
  /** The record of the deletion, which counts what is removed. */
  deletionId: string | null;
  heir: Heir;
}

const pageSize = 25;
/** Writes of one transaction, which may have a hundred; what counts the removed nodes is one of them. */
const writesAtMost = 90;

/** Does something from a fresh view, until nobody comes in between and its outcome is known. @throws what stood in the way the last time */
const afresh = <T>({ open, random }: PurgeTurn, step: (db: Database) => Promise<T>): Promise<T> =>
  persist(random, () => step(open()), {
    passes: (error) => isBusy(error) || (error instanceof DomainError && error.code === "unavailable"),
  });

const sumOf = (removals: readonly Removal[]): NodeCounts =>
  removals.reduce(
    (sum, { nodes }) => ({
      customers: sum.customers + nodes.customers,
      accounts: sum.accounts + nodes.accounts,
      devices: sum.devices + nodes.devices,
      backupSets: sum.backupSets + nodes.backupSets,
    }),
    noNodes,
  );

/** Commits as many removals as fit in one transaction, at least one, and counts them. */
async function commitSome({ deletionId }: Work, db: Database, removals: readonly Removal[]): Promise<void> {
  const taken: Removal[] = [];
  let size = 0;
  for (const removal of removals) {
    const more = removal.writes.length + (removal.orders?.length ?? 0);
    if (taken.length > 0 && size + more > writesAtMost) break;
    size += more;
    taken.push(removal);
  }
  const nodes = sumOf(taken);
  const orders = taken.flatMap((removal) => removal.orders ?? []);
  const puts = orders.map((order) => vaultOrderPut(order, deletionId));
  // A device that has taken over from many leaves more orders than a transaction holds. They come to the same when they are given twice.
  const ahead = size > writesAtMost ? puts.splice(0) : [];
  for (let from = 0; from < ahead.length; from += writesAtMost) await db.commit(ahead.slice(from, from + writesAtMost));
  const counts = Object.values(nodes).some((count) => count > 0);
  await db.commit([
    ...taken.flatMap(({ writes }) => writes),
    ...puts,
    ...(deletionId !== null && counts ? [countPurged(deletionId, nodes, orders.length)] : []),
  ]);
}

/** Removes what `find` finds, a transaction at a time, until it finds nothing. @returns false where the turn ended first */
async function drain(work: Work, find: (db: Database) => Promise<Removal[]>): Promise<boolean> {
  for (;;) {
    if (work.clock() >= work.until) return false;
    const more = await afresh(work, async (db) => {
      const removals = await find(db);
      if (removals.length > 0) await commitSome(work, db, removals);
      return removals.length > 0;
    });
    if (!more) return true;
  }
}

const drainPrefix = (work: Work, pk: string, prefix: string, removal: (item: Item) => Removal): Promise<boolean> =>
  drain(work, async (db) =>
    (await db.query({ pk, ...(prefix !== "" && { prefix }), limit: pageSize })).items.map(removal),
  );

const timeOf = ({ clock }: PurgeTurn): string => new Date(clock()).toISOString();

/** Removes devices whose sets are gone, of a customer that stays: first what they use is taken out of its counters, then they go. */
const drainDevices = (work: Work, chain: Chain, prefix: string): Promise<boolean> =>
  drain(work, async (db) => {
    const { items } = await db.query({ pk: chain[0].id, prefix, limit: pageSize });
    const devices = items.map(readDevice);
    const empty = devices.flatMap((device): Removal[] => {
      const write = emptyDevice(device);
      return write ? [{ writes: [write], nodes: noNodes }] : [];
    });
    return empty.length > 0 ? empty : devices.map((device) => deviceRemoval(device, work.heir, timeOf(work), chain[0]));
  });

/** Removes the seed migrations of a customer's data. */
const drainMigrations = (work: Work, id: string): Promise<boolean> =>
  drain(work, async (db) => {
    const { items } = await db.query({ pk: id, prefix: seedMigrationPrefix, limit: pageSize });
    return Promise.all(items.map((item) => migrationRemoval(db, item)));
  });

/** Removes the tasks that credentials of a customer have asked for: first their rows, and where these were before. */
const drainTasks = (work: Work, id: string): Promise<boolean> =>
  drain(work, async (db) => {
    const { items } = await db.query({ pk: id, prefix: taskPrefix, limit: 1 });
    const [task] = items.map(readTask);
    if (!task) return [];
    const of = (prefix: string) => db.query({ pk: taskPartition(task.id), prefix, limit: writesAtMost / 2 });
    const [rows, origins] = await Promise.all([of(taskRowPrefix), of(undoPrefix)]);
    const left = [...rows.items, ...origins.items];
    return left.length > 0 ? left.map(restRemoval) : [taskRemoval(task)];
  });

/** Removes what a customer holds, but for itself and the customers below it. */
async function emptyCustomer(work: Work, id: string): Promise<boolean> {
  const { heir } = work;
  const at = (): string => timeOf(work);
  const kinds: [prefix: string, removal: (item: Item) => Removal][] = [
    [setsPrefix(), setRemoval],
    [devicePrefix(), (item) => deviceRemoval(readDevice(item), heir, at(), null)],
    [accountPrefix, (item) => accountRemoval(AccountRecord.parse(item), heir, at(), false)],
    [contactPrefix, contactRemoval],
    [subscriptionPrefix, subscriptionRemoval],
    [eventHandlerPrefix, (item) => eventHandlerRemoval(item, at())],
    [storageServerPrefix, contactRemoval],
    [servicePrefix.current, (item) => serviceRemoval(item, heir, at())],
    [servicePrefix.ended, (item) => serviceRemoval(item, heir, at())],
    [apiKeyLinkPrefix, keyRemoval],
    [userLinkPrefix, userRemoval],
    [enrolmentKeyPrefix, keyRemoval],
  ];
  if (!(await drainMigrations(work, id)) || !(await drainTasks(work, id))) return false;
  for (const [prefix, removal] of kinds) if (!(await drainPrefix(work, id, prefix, removal))) return false;
  // Reports of what was deleted here stay with the levels above, and so do tombstones of what was purged.
  if (!(await drainPrefix(work, deletionsPartition(id), "", restRemoval))) return false;
  if (!(await drainPrefix(work, tombstonesPartition(id), "", (item) => tombstoneMove(item, heir)))) return false;
  // The customer itself goes last, and with it the timer by which an unfinished purge is taken up again.
  const stays = new Set([customerKey(id).sk, timerKey(id, "purge").sk]);
  return drain(work, async (db) => {
    const { items } = await db.query({ pk: id, limit: pageSize + stays.size });
    return items.filter(({ sk }) => !stays.has(String(sk))).map(restRemoval);
  });
}

/** Removes a customer and everything below it, deepest first. */
async function purgeCustomer(work: Work, id: string, isRoot: boolean): Promise<boolean> {
  for (const view of ["name", "deleted"] as const)
    for (;;) {
      if (work.clock() >= work.until) return false;
      const { items } = await work.open().query({ pk: id, prefix: linkPrefix({ by: view }), limit: pageSize });
      if (items.length === 0) break;
      for (const item of items) {
        const child = linkedChild(String(item["sk"]));
        const found = await work.open().get(customerKey(child));
        // Nothing is removed that does not stand here.
        if (found?.["parentId"] !== id) await work.open().commit(restRemoval(item).writes);
        else if (!(await purgeCustomer(work, child, false))) return false;
      }
    }
  if (!(await emptyCustomer(work, id))) return false;
  await afresh(work, async (db) => {
    const chain = await readChain(db, id);
    const parent = chain?.[1];
    if (!chain || !parent) return;
    const known = isRoot ? await db.get(totalsKey(parent.id, id)) : undefined;
    const servers = await countServers(db, chain[0], null);
    const ledger = await lastWrites(db, chain, Date.parse(timeOf(work)));
    const removal = customerRemoval(chain, work.heir, timeOf(work), { isRoot, known, servers });
    await commitSome(work, db, [
      { ...removal, writes: [...removal.writes, ...ledger, ...(isRoot ? [purgeLog(work, chain)] : [])] },
    ]);
  });
  return true;
}

const purgedState = [{ path: "state", before: "deleted", after: "purged" }];

/** The log entry of a customer that has been removed for good: it stands at the level above. */
const purgeLog = ({ context }: Work, [{ id, level, name }, parent, ...above]: Chain): Write => {
  if (!parent) throw new Error("The provider is never purged.");
  return logWrite(context, [parent, ...above], {
    type: "CustomerPurged",
    node: { id, level, name },
    changes: purgedState,
  });
};

/** Removes an account of a customer that stays, with its sub-accounts. */
async function purgeAccount(work: Work, chain: Chain, id: string): Promise<boolean> {
  const customerId = chain[0].id;
  let after: string | undefined;
  do {
    const page = await work.open().query({ pk: customerId, prefix: accountPrefix, after, limit: 200 });
    for (const { id: sub, parentAccountId } of page.items.map((item) => AccountRecord.parse(item)))
      if (parentAccountId === id && !(await purgeAccount(work, chain, sub))) return false;
    after = page.last?.sk;
  } while (after !== undefined);
  if (!(await drainPrefix(work, customerId, setsPrefix(id), setRemoval))) return false;
  if (!(await drainDevices(work, chain, devicePrefix(id)))) return false;
  return drain(work, async (db) => {
    const item = await db.get(accountKey(customerId, id));
    return item ? [accountRemoval(AccountRecord.parse(item), work.heir, timeOf(work), true)] : [];
  });
}

/** When something may be purged, and whether that has begun. */
interface Marked {
  deletedAt: string | null;
  purgeAt: string | null;
  purgeStartedAt: string | null;
}
const isDue = ({ deletedAt, purgeAt }: Marked, now: number): boolean =>
  deletedAt !== null && purgeAt !== null && Date.parse(purgeAt) <= now;

/** The attributes of what is being purged: from here on it cannot be restored. */
const begun = <T extends Marked & { version: number }>(record: T, at: string): T => ({
  ...record,
  purgeStartedAt: at,
  version: record.version + 1,
  updatedAt: at,
});
const begin = (deletionId: string | null): Write[] => settleDeletion(deletionId, "deleted", { state: "purging" });

const heirOf = (chain: readonly CustomerRecord[]): Heir => {
  const [heir, ...above] = chain;
  if (!heir) throw new Error("The provider is never purged.");
  return { id: heir.id, ancestors: above.map(({ id }) => id) };
};

async function customerTurn(turn: PurgeTurn, id: string): Promise<PurgeOutcome> {
  const place = await afresh(turn, async (db) => {
    const chain = await readChain(db, id);
    if (!chain || !isDue(chain[0], turn.clock())) return null;
    const [record, ...parents] = chain;
    if (record.purgeStartedAt === null)
      await db.commit([...saveCustomer(record, begun(record, timeOf(turn)), parents), ...begin(record.deletionId)]);
    return { deletionId: record.deletionId, heir: heirOf(parents) };
  });
  if (!place) return "void";
  return (await purgeCustomer({ ...turn, ...place }, id, true)) ? "complete" : "more";
}

async function accountTurn(turn: PurgeTurn, id: string): Promise<PurgeOutcome> {
  const place = await afresh(turn, async (db) => {
    const pointer = await findPointer(db, id);
    const item = pointer && (await db.get(accountKey(pointer.customerId, id)));
    const chain = pointer && (await readChain(db, pointer.customerId, pointer));
    const account = item ? AccountRecord.parse(item) : null;
    if (!account || !chain || !isDue(account, turn.clock())) return null;
    if (account.purgeStartedAt === null) {
      const writes = accountWrites({ ...turn.context, db }).save(account, begun(account, timeOf(turn)), chain);
      const node = { id, level: null, name: account.username };
      await db.commit([
        ...writes,
        ...begin(account.deletionId),
        logWrite(turn.context, chain, { type: "AccountPurged", node, changes: purgedState }),
      ]);
    }
    return { deletionId: account.deletionId, heir: heirOf(chain), chain };
  });
  if (!place) return "void";
  return (await purgeAccount({ ...turn, ...place }, place.chain, id)) ? "complete" : "more";
}

async function deviceTurn(turn: PurgeTurn, id: string): Promise<PurgeOutcome> {
  const place = await afresh(turn, async (db) => {
    const pointer = await findPointer(db, id);
    const item = pointer && (await db.get(deviceKey(pointer.customerId, pointer.accountId, id)));
    const chain = pointer && (await readChain(db, pointer.customerId, pointer));
    const device = item ? readDevice(item) : null;
    if (!device || !chain || !isDue(device, turn.clock())) return null;
    if (device.purgeStartedAt === null) {
      const node = { id, level: null, name: device.name };
      await db.commit([
        ...saveDevice(device, begun(device, timeOf(turn))),
        ...begin(device.deletionId),
        logWrite(turn.context, chain, { type: "DevicePurged", node, changes: purgedState }),
      ]);
    }
    return { deletionId: device.deletionId, heir: heirOf(chain), chain, device };
  });
  if (!place) return "void";
  const work = { ...turn, ...place };
  const { customerId, accountId } = place.device;
  const own = accountId === null || (await drainPrefix(work, customerId, setPrefix(accountId, id), setRemoval));
  return own && (await drainDevices(work, place.chain, deviceKey(customerId, accountId, id).sk)) ? "complete" : "more";
}

/** Works for a turn at the purge that a timer stands for. Safe when run twice, late, by two at once, and when it ends at any point. */
export function purgeDue(turn: PurgeTurn, { kind, ownerPk }: DueTimer): Promise<PurgeOutcome> {
  switch (kind) {
    case "purge":
      return customerTurn(turn, ownerPk);
    case "account-purge":
      return accountTurn(turn, idOfPointer(ownerPk));
    case "device-purge":
      return deviceTurn(turn, idOfPointer(ownerPk));
    default:
      throw new Error(`${kind} is no timer of a purge.`);
  }
}
