import type { AccountRecord } from "../../domain/accounts/account.ts";
import { planMove } from "../../domain/terms/allowance.ts";
import { type Chain, type CustomerRecord, spaceStanding } from "../../domain/hierarchy/customer.ts";
import { type NodeCounts, noNodes } from "../../domain/life/deletion.ts";
import { hasEnded, openMigrations, SeedMigrationRecord } from "../../domain/storage/seed-migration.ts";
import type { TaskRecord } from "../../domain/tasks/task.ts";
import { homeOf } from "../../domain/devices/data-place.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import { vaultsOf } from "../../domain/hierarchy/vault.ts";
import { accountRefs } from "../accounts/account-writes.ts";
import { useContact } from "../accounts/contacts.ts";
import { refuseHeld } from "../hierarchy/branch.ts";
import { commitShares } from "../hierarchy/customers.ts";
import { buryDeletion } from "../hierarchy/deletion-record.ts";
import { deviceLinks } from "../devices/device-records.ts";
import { countForeign } from "../devices/foreign-data.ts";
import { lendWrites } from "../devices/lending.ts";
import { wakeLane } from "../table/event-lane.ts";
import {
  accountKey,
  apiKeyKey,
  customerKey,
  deviceKey,
  enrolmentKeyKey,
  type Key,
  loginKey,
  userKey,
  machineKey,
  nameKey,
  openTaskKey,
  planGuardKey,
  pointerKey,
  refKey,
  taskKey,
  taskPayloadKey,
  timerKey,
  type TimerKind,
  tombstoneKey,
  tombstonesPartition,
  totalsKey,
  toldKey,
  watchKey,
} from "../table/keys.ts";
import { type RemovalOrder, removalOrders } from "./vault-orders.ts";
import { countOf } from "../hierarchy/server-counts.ts";
import { linkRemovals } from "../hierarchy/links.ts";
import { totalsLeave } from "../usage/moved-totals.ts";
import { totalsNames } from "../usage/roll-up.ts";
import type { Database } from "../table/database.ts";
import type { Item } from "../table/units.ts";
import { removeWhere, type Write } from "../table/writes.ts";

/*
 * What removing one thing for good takes: itself, whatever outside of its partition leads to it, and a tombstone in the place of its
 * pointer. What others count on (a name, a login, a guard) goes on a condition; what nobody else could have written goes without one.
 */

/** The customer under which what is purged stood, and which is still there: it keeps the tombstones. */
export interface Heir {
  id: string;
  ancestors: readonly string[];
}

/** The removal of one thing: its writes, the nodes that they remove, and the orders to remove what these have stored. */
export interface Removal {
  writes: Write[];
  nodes: NodeCounts;
  orders?: readonly RemovalOrder[];
}

const gone = (key: Key): Write => ({ kind: "delete", key, when: [] });
/** Takes away a thing itself, once. */
const remove = (key: Key): Write => ({ kind: "delete", key, when: [{ exists: true }] });
const timersGone = (id: string, kinds: readonly TimerKind[]): Write[] =>
  kinds.map((kind) => gone(timerKey(pointerKey(id).pk, kind)));
const only = (writes: Write[]): Removal => ({ writes, nodes: noNodes });

/** What is left of something: who asks to restore it hears that it is gone, and invoices find what they need of it. */
const bury = (heir: Heir, at: string, id: string, what: string, facts: object): Write[] => {
  const [pointer, stone] = [pointerKey(id), tombstoneKey(heir.id, at, id)];
  const tombstone = { kind: "tombstone", what, purgedAt: at };
  const { id: customerId, ancestors } = heir;
  return [
    { kind: "put", key: pointer, item: { ...pointer, ...tombstone, customerId, ancestors }, when: [] },
    { kind: "put", key: stone, item: { ...facts, ...stone, ...tombstone, id }, when: [] },
  ];
};

/** A backup set. Results of its jobs expire by themselves. */
export const setRemoval = (item: Item): Removal => ({
  writes: [remove({ pk: String(item["pk"]), sk: String(item["sk"]) }), gone(pointerKey(String(item["id"])))],
  nodes: { ...noNodes, backupSets: 1 },
});

/** The write that takes what a device uses out of the counters above, by way of the stream; null where that is done. */
export const emptyDevice = (device: DeviceRecord): Write | null =>
  device.usedBytes === 0
    ? null
    : {
        kind: "update",
        key: deviceKey(device.customerId, device.accountId, device.id),
        set: { usedBytes: 0, bytesAtPurge: device.usedBytes },
        add: {},
        when: [{ attribute: "usedBytes", is: device.usedBytes }],
      };

/**
 * Orders to remove what a device has stored, and those have that it has replaced. What another device has taken over is that one's. Whether others
 * use it too is looked at when the order is carried out.
 * @param stays its customer, where that stays; else its vault is removed as a whole, and only what lies elsewhere is ordered here
 */
function dataOrders(device: DeviceRecord, at: string, stays: CustomerRecord | null): RemovalOrder[] {
  const heldAt = device.customerId;
  const own = stays ?? { id: heldAt, vault: null, formerVaults: [] };
  const orders = (ids: readonly string[], ifGone: boolean) =>
    ids.flatMap((id) => removalOrders(homeOf(device, own, id), id, at, { heldAt, ifGone }));
  return [
    ...(device.replacedBy === null ? orders([device.id, ...device.replaces], false) : []),
    ...orders(device.borrows, true),
  ];
}

/**
 * A device whose sets are gone, which counts no longer since it, or its account, was deleted. `stays`: its customer, where that stays and only
 * the device's data are to be removed.
 */
export function deviceRemoval(device: DeviceRecord, heir: Heir, at: string, stays: CustomerRecord | null): Removal {
  const { id, customerId, accountId, state, usedBytes, bytesAtPurge, name, createdAt, deletedAt, everLicensed } =
    device;
  const key = deviceKey(customerId, accountId, id);
  const facts = {
    customerId,
    accountId,
    name,
    createdAt,
    deletedAt,
    everLicensed,
    usedBytes: bytesAtPurge ?? usedBytes,
  };
  return {
    writes: [
      stays ? { kind: "delete", key, when: [{ exists: true }, { attribute: "usedBytes", counts: 0 }] } : remove(key),
      ...deviceLinks(device, null).map((write) => ({ ...write, when: [] })),
      ...(state === "deleted" ? [] : [gone(machineKey(customerId, device.machineId))]),
      ...timersGone(id, ["device-purge", "attention"]),
      ...buryDeletion(device.deletionId, at),
      ...bury(heir, at, id, "device", facts),
      ...(stays ? [...countForeign(device, null), ...lendWrites([device], [])] : []),
    ],
    nodes: { ...noNodes, devices: 1 },
    orders: dataOrders(device, at, stays),
  };
}

/** An account whose devices are gone. `stays`: so does its customer, whose contact it no longer uses. */
export function accountRemoval(account: AccountRecord, heir: Heir, at: string, stays: boolean): Removal {
  const { id, customerId, parentAccountId, plan, username, contactId, createdAt, deletedAt, usedBytes } = account;
  const facts = { customerId, parentAccountId, plan, username, createdAt, deletedAt, usedBytes };
  return {
    writes: [
      remove(accountKey(customerId, id)),
      gone(toldKey(customerId, id)),
      removeWhere(loginKey(username), "accountId", id),
      ...accountRefs(account, null),
      ...(plan === null ? [] : [removeWhere(planGuardKey(customerId, plan), "accountId", id)]),
      ...timersGone(id, ["account-trial-end", "account-trial-delete", "account-purge"]),
      ...buryDeletion(account.deletionId, at),
      ...bury(heir, at, id, "account", facts),
      ...(stays ? useContact({ id: contactId, customerId }, id, -1) : []),
    ],
    nodes: { ...noNodes, accounts: 1 },
  };
}

/** A contact, or a storage server. */
export const contactRemoval = (item: Item): Removal =>
  only([remove({ pk: String(item["pk"]), sk: String(item["sk"]) }), gone(pointerKey(String(item["id"])))]);

/** An event handler. Whoever delivers to it finds it gone, and removes what it has left. */
export const eventHandlerRemoval = (item: Item, at: string): Removal =>
  only([...contactRemoval(item).writes, wakeLane(String(item["id"]), Date.parse(at))]);

/** A task whose rows are gone. */
export const taskRemoval = ({ customerId, id }: Pick<TaskRecord, "customerId" | "id">): Removal =>
  only([
    remove(taskKey(customerId, id)),
    gone(openTaskKey(customerId, id)),
    gone(taskPayloadKey(id)),
    gone(pointerKey(id)),
  ]);

/** A report subscription, with its timer. */
export const subscriptionRemoval = (item: Item): Removal =>
  only([
    remove({ pk: String(item["pk"]), sk: String(item["sk"]) }),
    gone(pointerKey(String(item["id"]))),
    ...timersGone(String(item["id"]), ["report"]),
  ]);

/** A billing-only service, which may have to be invoiced still. */
export function serviceRemoval(item: Item, heir: Heir, at: string): Removal {
  const { pk, sk, ...facts } = item;
  return only([remove({ pk: String(pk), sk: String(sk) }), ...bury(heir, at, String(item["id"]), "service", facts)]);
}

/** An API key or an enrolment key: the list's link to it, itself, and the timer of its expiry. */
export const keyRemoval = (item: Item): Removal => {
  const id = String(item["id"]);
  const own = id.startsWith("key_") ? apiKeyKey(id) : enrolmentKeyKey(id);
  return only([
    remove({ pk: String(item["pk"]), sk: String(item["sk"]) }),
    gone(own),
    gone(timerKey(own.pk, "key-expiry")),
  ]);
};

/** A user: the list's link, the user, and the name that he logged in by. Sessions end with the user, and expire. */
export const userRemoval = (item: Item): Removal =>
  only([
    remove({ pk: String(item["pk"]), sk: String(item["sk"]) }),
    gone(userKey(String(item["id"]))),
    gone(loginKey(String(item["username"]))),
  ]);

/** A tombstone of what was purged here before: it goes on to the customer above. */
export function tombstoneMove(item: Item, heir: Heir): Removal {
  const { pk, sk } = item;
  const key = { pk: tombstonesPartition(heir.id), sk: String(sk) };
  const pointer = pointerKey(String(item["id"]));
  const { id: customerId, ancestors } = heir;
  return only([
    remove({ pk: String(pk), sk: String(sk) }),
    { kind: "put", key, item: { ...item, ...key }, when: [] },
    { kind: "update", key: pointer, set: { customerId, ancestors }, add: {}, when: [{ exists: true }] },
  ]);
}

/** Whatever else stands in a partition and leads nowhere. */
export const restRemoval = (item: Item): Removal => only([gone({ pk: String(item["pk"]), sk: String(item["sk"]) })]);

/**
 * A customer with nothing below it any more. Where its parent stays (it is the root of the purge), the parent's counters are made to do without
 * it, and its space is free again above: its totals give way to ones that no late word from the stream replaces.
 * @param known what the parent knows of its totals, and `servers` the writes for the storage servers that it points to
 */
export function customerRemoval(
  chain: Chain,
  heir: Heir,
  at: string,
  { isRoot, known, servers }: { isRoot: boolean; known: Item | undefined; servers: readonly Write[] },
): Removal {
  const [record, parent, ...above] = chain;
  if (!parent) throw new Error("The provider is never purged.");
  const { id, externalRef: ref, version } = record;
  refuseHeld(chain, Date.parse(at));
  return {
    writes: [
      { kind: "delete", key: customerKey(id), when: [{ attribute: "version", is: version }] },
      removeWhere(nameKey(record.name), "customerId", id),
      ...(ref === null ? [] : [removeWhere(refKey(parent.id, ref), "customerId", id)]),
      ...linkRemovals(record, parent),
      ...servers,
      gone(timerKey(id, "purge")),
      ...buryDeletion(record.deletionId, at),
      ...bury(heir, at, id, "customer", factsOf(record)),
      gone(watchKey(parent.id, id)),
      ...(isRoot
        ? [
            // Licences that were used to date stay used.
            ...totalsLeave(
              parent.id,
              id,
              known,
              at,
              totalsNames.filter((name) => name !== "licencesUsedToDate"),
            ),
            ...commitShares("space", planMove(spaceStanding(record), [parent, ...above].map(spaceStanding), []), [
              parent,
              ...above,
            ]),
          ]
        : [gone(totalsKey(parent.id, id))]),
    ],
    nodes: { ...noNodes, customers: 1 },
    orders: removalOrders({ customerId: id, vaults: vaultsOf(record) }, null, at),
  };
}

/** A seed migration. Its servers have one less that has not ended. */
export async function migrationRemoval(db: Database, item: Item): Promise<Removal> {
  const { state, from, to } = SeedMigrationRecord.parse(item);
  const counts = hasEnded(state) ? [] : openMigrations([from, to], -1);
  return only([...contactRemoval(item).writes, ...(await countOf(db, counts))]);
}

/** What an invoice may still want of a customer. */
const factsOf = (record: CustomerRecord) => ({
  name: record.name,
  level: record.level,
  parentId: record.parentId,
  externalRef: record.externalRef,
  serviceType: record.serviceType,
  country: record.country,
  createdAt: record.createdAt,
  deletedAt: record.deletedAt,
  trialEndsAt: record.trialEndsAt,
  productionSince: record.productionSince,
  usedBytes: record.usedBytes,
  deviceCount: record.deviceCount,
  licencesUsedToDate: record.licencesUsedToDate,
});
