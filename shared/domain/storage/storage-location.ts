import * as z from "zod";
import type { Chain, CustomerRecord } from "../hierarchy/customer.ts";
import type { DeviceRecord } from "../devices/device.ts";
import { type DomainError, refuse } from "../terms/errors.ts";
import { LocationCode } from "../terms/locations.ts";
import { checkOpen } from "../terms/offered-locations.ts";
import { closedLocations } from "../terms/settings.ts";
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
 * A customer with its data in another location; the record itself where they are there already. `chain` is its own, nearest first.
 * @throws DomainError not_applicable where the storage is the customer's own; location_closed
 */
export function relocated(chain: Chain, storageLocation: LocationCode, nowMs: number): CustomerRecord {
  const [before] = chain;
  if (serviceTypeOf(chain) === "software-only")
    throw refuse("not_applicable", "storageLocation", "The customer is software-only and brings its own storage.");
  if (storageLocation === before.storageLocation) return before;
  checkOpen(storageLocation, closedLocations(chain));
  return { ...before, storageLocation, version: before.version + 1, updatedAt: new Date(nowMs).toISOString() };
}
