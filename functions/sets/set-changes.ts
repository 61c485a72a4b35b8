import {
  type BackupSet,
  type BackupSetPatch,
  inFull,
  type NewBackupSet,
} from "../../shared/domain/devices/backup-set.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import type { DeviceRecord } from "../../shared/domain/devices/device.ts";
import { checkConfirmation } from "../../shared/domain/life/deletion.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { normaliseName } from "../../shared/domain/terms/names.ts";
import { mergeThrottle } from "../../shared/domain/terms/settings.ts";
import type { Change } from "../../shared/http/operation.ts";
import { insertSet, removeSet, saveSet, setsAtMost } from "../../shared/store/devices/backup-sets.ts";
import type { DeletionStart } from "../../shared/store/hierarchy/deletion-record.ts";
import type { LogEvent } from "../../shared/store/hierarchy/log.ts";
import { creation, difference, removal } from "../../shared/domain/hierarchy/log-changes.ts";
import type { Write } from "../../shared/store/table/writes.ts";

/** What the changes of backup sets need of a store, be it a person's or a device's own. */
interface Author {
  now: () => number;
  log: (chain: Chain, event: LogEvent) => Write;
}
/** The same where something is deleted, which the deletion report is to tell. */
interface Remover extends Author {
  insertDeletion: (chain: Chain, start: DeletionStart) => Write[];
}
const node = ({ id, name }: BackupSet): LogEvent["node"] => ({ id, level: null, name });

/** The change that makes a backup set of a device. @throws DomainError too_many | invalid_request */
export function setCreation(
  author: Author,
  id: string,
  input: Partial<Pick<NewBackupSet, "throttle">> & Omit<NewBackupSet, "throttle">,
  place: { device: DeviceRecord; accountId: string; chain: Chain },
): Change<BackupSet> {
  const { device, accountId, chain } = place;
  if (device.setCount >= setsAtMost)
    throw new DomainError("too_many", `A device has ${setsAtMost} backup sets at most.`);
  const createdAt = new Date(author.now()).toISOString();
  const set: BackupSet = {
    id,
    version: 1,
    customerId: device.customerId,
    accountId,
    deviceId: device.id,
    dataDeviceId: device.id,
    name: input.name,
    selection: input.selection,
    ...inFull(input),
    throttle: input.throttle === undefined ? null : mergeThrottle(null, input.throttle),
    createdAt,
    updatedAt: createdAt,
  };
  return {
    result: set,
    writes: [
      ...insertSet(set, chain),
      author.log(chain, { type: "BackupSetCreated", node: node(set), changes: creation(set) }),
    ],
  };
}

/** The change of a backup set by a merge patch. @throws DomainError invalid_request */
export function setUpdate(author: Author, before: BackupSet, patch: BackupSetPatch, chain: Chain): Change<BackupSet> {
  const { retention, schedule } = inFull({ retention: patch.retention, schedule: patch.schedule });
  const merged: BackupSet = {
    ...before,
    name: patch.name ?? before.name,
    selection: patch.selection ?? before.selection,
    schedule: patch.schedule === undefined ? before.schedule : schedule,
    retention: patch.retention === undefined ? before.retention : retention,
    throttle: patch.throttle === undefined ? before.throttle : mergeThrottle(before.throttle, patch.throttle),
  };
  const changes = difference(before, merged);
  if (changes.length === 0) return { result: before, writes: [] };
  const set = { ...merged, version: before.version + 1, updatedAt: new Date(author.now()).toISOString() };
  return {
    result: set,
    writes: [...saveSet(before, set), author.log(chain, { type: "BackupSetUpdated", node: node(set), changes })],
  };
}

/** The change that deletes a backup set. @throws DomainError confirmation_required */
export function setRemoval(
  author: Remover,
  set: BackupSet,
  { confirm, onBehalfOf }: { confirm?: string | undefined; onBehalfOf?: string | undefined },
  chain: Chain,
): Change<BackupSet> {
  checkConfirmation(confirm, set.name, normaliseName, "the backup set's name");
  const { id: nodeId, name, customerId } = set;
  const told = { kind: "backup-set" as const, nodeId, name, customerId, level: null, usedBytes: null };
  return {
    result: set,
    writes: [
      ...removeSet(set),
      ...author.insertDeletion(chain, {
        ...told,
        deviceCount: 0,
        licences: 0,
        deletedAt: new Date(author.now()).toISOString(),
        onBehalfOf,
      }),
      author.log(chain, { type: "BackupSetDeleted", node: node(set), changes: removal(set) }),
    ],
  };
}
