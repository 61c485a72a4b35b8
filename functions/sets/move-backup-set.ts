import { withSetMoved } from "../../shared/domain/devices/set-move.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { backupSetStore, setsAtMost } from "../../shared/store/devices/backup-sets.ts";
import { lendWrites } from "../../shared/store/devices/lending.ts";
import { sets as contracts } from "./contract.ts";

const stores = { sets: backupSetStore };

/**
 * Moves a backup set to another device of its customer, under whichever account that stands. Its data stay under the prefix where they lie, which the
 * new device may read and write from then on.
 */
export async function moveBackupSet({
  params,
  body,
  ifMatch,
  deps: { sets },
}: Input<typeof contracts.moveBackupSet, typeof stores>) {
  const { set, chain } = await sets.loadLive(params.id);
  ifMatch(set.version);
  const target = await sets.loadDevice(body.deviceId);
  const { device: to, accountId } = target;
  if (set.deviceId === to.id) return { result: set, writes: [] };
  const [source, left] = await Promise.all([sets.loadDevice(set.deviceId), sets.othersOf(set)]);
  const { device: from } = source;
  const before = { from, to };
  const after = withSetMoved(set, before, left, chain[0], setsAtMost);
  const updatedAt = new Date(sets.now()).toISOString();
  const moved = { ...set, accountId, deviceId: to.id, version: set.version + 1, updatedAt };
  return {
    result: moved,
    writes: [
      ...sets.move(set, before, after, { from: source, to: target }, updatedAt),
      ...lendWrites([from, to], [after.from, after.to]),
      sets.log(chain, {
        type: "BackupSetUpdated",
        node: { id: set.id, level: null, name: set.name },
        changes: [{ path: "deviceId", before: set.deviceId, after: to.id }],
      }),
    ],
  };
}

export const handler = operation(contracts.moveBackupSet, moveBackupSet, stores);
