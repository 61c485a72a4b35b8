import { type Input, operation } from "../../shared/http/operation.ts";
import { backupSetStore } from "../../shared/store/devices/backup-sets.ts";
import { sets as contracts } from "./contract.ts";

const stores = { sets: backupSetStore };

/** Lists the backup sets of one device, oldest first. */
export async function listBackupSets({ query, deps: { sets } }: Input<typeof contracts.listBackupSets, typeof stores>) {
  return { items: await sets.list(query.deviceId), nextCursor: null };
}

export const handler = operation(contracts.listBackupSets, listBackupSets, stores);
