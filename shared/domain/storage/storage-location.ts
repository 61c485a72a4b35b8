import * as z from "zod";
import type { Chain, CustomerRecord } from "../hierarchy/customer.ts";
import type { DeviceRecord } from "../devices/device.ts";
import { type DomainError, refuse } from "../terms/errors.ts";
import { LocationCode } from "../terms/locations.ts";
import { type Decider, withVault } from "../hierarchy/vault.ts";
import { sells } from "../terms/levels.ts";
import { checkOpen, notOffered } from "../terms/offered-locations.ts";
import type { StoragePlan } from "../terms/storage-plan.ts";
import { serviceTypeOf } from "../terms/service-types.ts";
import { line } from "../terms/text.ts";

/** What support says to have a customer's data lie elsewhere (S4). */
export const StorageLocationChange = z
  .strictObject({
    storageLocation: LocationCode,
    reason: line(500).meta({ description: "Stands in the log, where the customer's own keys read it too" }),
    acknowledgeStoredData: z.boolean().optional().meta({
      description: "true: the change is made although data may be stored; they stay where they are",
    }),
  })
  .meta({ id: "StorageLocationChange" });

/**
 * Whether data of a device may lie in its customer's storage: it has reported some, has backed up, or has held a licence and may be
 * writing right now. Deleting a device does not delete its data at once.
 */
export const mayHaveStored = ({
  licensed,
  everLicensed,
  usedBytes,
  lastSuccessAt,
  lastBackupAt,
}: DeviceRecord): boolean =>
  licensed || everLicensed || usedBytes > 0 || lastSuccessAt !== null || lastBackupAt !== null;

/** The refusal to change the location of a customer whose devices may have data stored. */
export const dataStored = ({ storageLocation, usedBytes }: CustomerRecord): DomainError =>
  refuse(
    "data_stored",
    "acknowledgeStoredData",
    `Devices of the customer may have data stored in ${storageLocation}; its record shows ${usedBytes} bytes in use. They are not moved; send acknowledgeStoredData to change the location anyway.`,
  );

/**
 * A customer with its data in another location from now on, where a vault is ordered for it; the record itself where they are there already.
 * `chain` is its own, nearest first. Those who sell store nothing: theirs is what their Default Customer began with.
 * @throws DomainError not_applicable where the storage is the customer's own; location_closed
 */
export function relocated(
  chain: Chain,
  storageLocation: LocationCode,
  { now, plan, by, reason }: { now: number; plan: StoragePlan; by: Decider; reason: string },
): CustomerRecord {
  const [before] = chain;
  if (serviceTypeOf(chain) === "software-only")
    throw refuse("not_applicable", "storageLocation", "The customer is software-only and brings its own storage.");
  if (storageLocation === before.storageLocation) return before;
  const stores = !sells(before.level);
  if (stores) checkOpen(storageLocation, notOffered(chain, plan));
  const at = new Date(now).toISOString();
  const { kind, id, scopeId } = by;
  const locationDecision = { rule: "support" as const, at, by: { kind, id }, scopeId, reason };
  const record = { ...before, storageLocation, locationDecision, version: before.version + 1, updatedAt: at };
  return stores ? withVault(record, storageLocation, plan, at) : record;
}
