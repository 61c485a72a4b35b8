import * as z from "zod";
import type { DataHome } from "../../domain/devices/data-place.ts";
import { devicePrefix, VaultPlace } from "../../domain/hierarchy/vault.ts";
import { CustomerId, DeletionId, DeviceId } from "../../domain/terms/ids.ts";
import { dueKey, vaultOrderKey } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import type { Put } from "../table/writes.ts";

/** An order to remove all data of a customer, or of one device, from one place in the storage. It goes once nothing is left there. */
export const VaultOrder = VaultPlace.extend({
  customerId: CustomerId,
  deviceId: DeviceId.nullable().default(null),
  /** The customer that the device stood under: others there may use its data. */
  heldAt: CustomerId.nullable().default(null),
  /** Ordered when a device went that used the data of this one: they go only if this one has gone too. */
  ifGone: z.boolean().default(false),
  /** The deletion whose report tells what became of it. */
  deletionId: DeletionId.nullable().default(null),
  orderedAt: z.string(),
  dueAt: z.string(),
  /** What stays for now since the storage may not let it go, as the last look found it, and until when. */
  retainedObjects: z.int().default(0),
  retainedUntil: z.string().nullable().default(null),
});
export type VaultOrder = z.infer<typeof VaultOrder>;

/** An order as the table holds it. @throws z.ZodError where it is none */
export const readVaultOrder = (item: Item): VaultOrder => VaultOrder.parse(item);

/** Leave to back up lasts a day, and credentials for an hour more: by then nobody can write any more what is to be removed. */
const grantMs = 25 * 3_600_000;

/** Orders to remove what lies in the vaults of a customer, or there of one device: one for each place where that may be. */
export function removalOrders(
  { customerId, vaults }: DataHome,
  deviceId: string | null,
  at: string,
  held: Pick<VaultOrder, "heldAt" | "ifGone"> = { heldAt: null, ifGone: false },
): Omit<VaultOrder, "deletionId" | "retainedObjects" | "retainedUntil">[] {
  const dueAt = new Date(Date.parse(at) + grantMs).toISOString();
  return vaults.map((place) => ({
    ...place,
    prefix: deviceId === null ? place.prefix : devicePrefix(place, deviceId),
    customerId,
    deviceId,
    ...held,
    orderedAt: at,
    dueAt,
  }));
}
export type RemovalOrder = ReturnType<typeof removalOrders>[number];

/** The write of an order that belongs to a deletion. */
export function vaultOrderPut(order: RemovalOrder, deletionId: string | null): Put {
  const key = vaultOrderKey(order.deviceId ?? order.customerId, order.location);
  return {
    kind: "put",
    key,
    item: { kind: "vault-order", ...order, deletionId, ...key, ...dueKey(key.pk, "vault", order.dueAt) },
    when: [],
  };
}
