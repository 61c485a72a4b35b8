import * as z from "zod";
import type { CustomerRecord } from "../hierarchy/customer.ts";
import { DomainError, refuse } from "../terms/errors.ts";
import { DeviceId } from "../terms/ids.ts";
import type { BackupSet } from "./backup-set.ts";
import { foreignBorrowed } from "./data-place.ts";
import type { DeviceRecord } from "./device.ts";

export const BackupSetMove = z
  .strictObject({
    deviceId: DeviceId.meta({ description: "A device of the same customer, under whichever account" }),
  })
  .meta({ id: "BackupSetMove" });

/** Devices of which one may read the data at most: each is a prefix in every answer to its agent. */
const borrowedAtMost = 50;

/** The two devices of a move of a backup set, before or after it. */
export interface SetMove {
  from: DeviceRecord;
  to: DeviceRecord;
}

/**
 * Two devices of one customer once a backup set has been moved from one to the other. Its data stay where they are, so its new device gets access to
 * all data there; a device that has no set left whose data lie with another has access no more.
 * @param left the sets that the old device keeps @param setsAtMost how many a device may have
 * @throws DomainError not_applicable | device_deleted | too_many | storage_location_differs
 */
export function withSetMoved(
  set: BackupSet,
  { from, to }: SetMove,
  left: readonly BackupSet[],
  customer: CustomerRecord,
  setsAtMost: number,
): SetMove {
  if (from.customerId !== to.customerId)
    throw refuse(
      "not_applicable",
      "deviceId",
      "The device belongs to another customer; move the device of the set instead.",
    );
  if (to.setCount >= setsAtMost) throw new DomainError("too_many", `A device has ${setsAtMost} backup sets at most.`);
  const { dataDeviceId } = set;
  const isOwn = dataDeviceId === to.id || to.replaces.includes(dataDeviceId) || to.borrows.includes(dataDeviceId);
  if (!isOwn && to.borrows.length >= borrowedAtMost)
    throw new DomainError("too_many", `A device can have backup sets of ${borrowedAtMost} other devices at most.`);
  const keeps = left.some((one) => one.dataDeviceId === dataDeviceId);
  return {
    from: { ...from, borrows: from.borrows.filter((id) => id !== dataDeviceId || keeps) },
    to: isOwn
      ? to
      : {
          ...to,
          borrows: [...to.borrows, dataDeviceId],
          foreignData: foreignBorrowed(to, from, dataDeviceId, customer),
        },
  };
}
