import { readDeletion } from "../hierarchy/deletion-record.ts";
import type { VaultOrder } from "../life/vault-orders.ts";
import type { Database } from "../table/database.ts";
import { isLent } from "../devices/lending.ts";
import { deletionKey, dueKey, type Key, keptDataKey, pointerKey, vaultOrderKey } from "../table/keys.ts";
import type { Update, Write } from "../table/writes.ts";

/** What a look at a place in the storage has found and done. */
export interface Removed {
  /** Versions of objects that have been removed, and their bytes. */
  objects: number;
  bytes: number;
}
/** What stays, since the storage may not let it go, and until when (ISO 8601). */
export interface Retained {
  objects: number;
  until: string;
}

const keyOf = ({ deviceId, customerId, location }: VaultOrder): Key => vaultOrderKey(deviceId ?? customerId, location);
const onDeletion = ({ deletionId }: VaultOrder, set: Update["set"], add: Update["add"]): Update[] =>
  deletionId === null ? [] : [{ kind: "update", key: deletionKey(deletionId), set, add, when: [{ exists: true }] }];

/** The writes that tell the deletion report of what was just removed. */
export const removedWrites = (order: VaultOrder, { objects, bytes }: Removed): Write[] =>
  objects === 0 ? [] : onDeletion(order, {}, { removedObjects: objects, removedBytes: bytes });

/** The writes of an order that is carried out: nothing is left there. */
export function clearedWrites(order: VaultOrder): Write[] {
  const { retainedObjects: kept, deviceId, customerId } = order;
  return [
    { kind: "delete", key: keyOf(order), when: [{ attribute: "orderedAt", is: order.orderedAt }] },
    ...(deviceId === null ? [] : [{ kind: "delete" as const, key: keptDataKey(customerId, deviceId), when: [] }]),
    ...onDeletion(order, {}, { vaultsCleared: 1, ...(kept > 0 && { retainedObjects: -kept }) }),
  ];
}

/** The writes of an order of which a part has to wait: it is looked at again when that may go. */
export async function retainedWrites(db: Database, order: VaultOrder, { objects, until }: Retained): Promise<Write[]> {
  const { deletionId } = order;
  const item = deletionId === null ? undefined : await db.get(deletionKey(deletionId));
  const known = item ? readDeletion(item).retainedUntil : null;
  const latest = known !== null && known > until ? known : until;
  return [
    laterWrite(order, until, { retainedObjects: objects, retainedUntil: until }),
    ...onDeletion(order, { retainedUntil: latest }, { retainedObjects: objects - order.retainedObjects }),
  ];
}

/** The write that puts an order off. */
export function laterWrite(order: VaultOrder, at: string, set: Update["set"] = {}): Update {
  const key = keyOf(order);
  return {
    kind: "update",
    key,
    set: { ...set, dueAt: at, ...dueKey(key.pk, "vault", at) },
    add: {},
    when: [{ attribute: "orderedAt", is: order.orderedAt }],
  };
}

/**
 * Of devices with data in a customer's vault those that have been moved to another customer: their data are not the vault's to remove.
 * @param deviceIds as they stand in the keys of objects
 */
export async function spared(db: Database, customerId: string, deviceIds: readonly string[]): Promise<Set<string>> {
  const found = await db.getAll(deviceIds.map((id) => keptDataKey(customerId, id)));
  return new Set(deviceIds.filter((_, index) => found[index] !== undefined));
}

/** Whether the data that an order is about are still somebody's: of a device that uses them, or of the device itself. */
export async function isInUse(db: Database, { deviceId, heldAt, ifGone }: VaultOrder): Promise<boolean> {
  if (deviceId === null || heldAt === null) return false;
  const [lent, pointer] = await Promise.all([
    isLent(db, heldAt, deviceId),
    ifGone ? db.get(pointerKey(deviceId)) : undefined,
  ]);
  return lent || pointer?.["kind"] === "pointer";
}

/** The writes of an order that is given up, since what it is about is in use: whoever uses it last gives another one. */
export function givenUpWrites(order: VaultOrder): Write[] {
  return [
    { kind: "delete", key: keyOf(order), when: [{ attribute: "orderedAt", is: order.orderedAt }] },
    ...onDeletion(order, {}, { vaultsCleared: 1 }),
  ];
}
