import { type Input, operation } from "../../shared/http/operation.ts";
import { backupSetStore } from "../../shared/store/devices/backup-sets.ts";
import { sets as contracts } from "./contract.ts";
import { setRemoval } from "./set-changes.ts";

const stores = { sets: backupSetStore };

/** Deletes a backup set. Refuses without its name as confirmation. */
export async function deleteBackupSet({
  params,
  query,
  ifMatch,
  deps: { sets },
}: Input<typeof contracts.deleteBackupSet, typeof stores>) {
  const { set, chain } = await sets.loadLive(params.id);
  ifMatch(set.version);
  return setRemoval(sets, set, query, chain);
}

export const handler = operation(contracts.deleteBackupSet, deleteBackupSet, stores);
