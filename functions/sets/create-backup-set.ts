import { type Input, operation } from "../../shared/http/operation.ts";
import { backupSetStore } from "../../shared/store/devices/backup-sets.ts";
import { sets as contracts } from "./contract.ts";
import { setCreation } from "./set-changes.ts";

const stores = { sets: backupSetStore };

/** Creates a backup set of a device. Refuses devices that are deleted or wait for approval, and more sets than a device may have. */
export async function createBackupSet({
  body,
  deps: { sets },
}: Input<typeof contracts.createBackupSet, typeof stores>) {
  const { deviceId, ...input } = body;
  return setCreation(sets, sets.newId(), input, await sets.loadDevice(deviceId));
}

export const handler = operation(contracts.createBackupSet, createBackupSet, stores);
