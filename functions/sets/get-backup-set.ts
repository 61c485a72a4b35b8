import { type Input, operation } from "../../shared/http/operation.ts";
import { backupSetStore } from "../../shared/store/devices/backup-sets.ts";
import { sets as contracts } from "./contract.ts";

const stores = { sets: backupSetStore };

/** Answers a backup set of the caller's branch. */
export async function getBackupSet({ params, deps: { sets } }: Input<typeof contracts.getBackupSet, typeof stores>) {
  return sets.load(params.id);
}

export const handler = operation(contracts.getBackupSet, getBackupSet, stores);
