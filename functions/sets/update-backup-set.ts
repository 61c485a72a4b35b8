import { type Input, operation } from "../../shared/http/operation.ts";
import { backupSetStore } from "../../shared/store/devices/backup-sets.ts";
import { sets as contracts } from "./contract.ts";
import { setUpdate } from "./set-changes.ts";

const stores = { sets: backupSetStore };

/** Changes a backup set by a merge patch. */
export async function updateBackupSet({
  params,
  body,
  ifMatch,
  deps: { sets },
}: Input<typeof contracts.updateBackupSet, typeof stores>) {
  const { set, chain } = await sets.loadLive(params.id);
  ifMatch(set.version);
  return setUpdate(sets, set, body, chain);
}

export const handler = operation(contracts.updateBackupSet, updateBackupSet, stores);
