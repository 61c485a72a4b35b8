import { differenceIn } from "../../shared/domain/hierarchy/log-changes.ts";
import { checkConfirmation } from "../../shared/domain/life/deletion.ts";
import { normaliseName } from "../../shared/domain/terms/names.ts";
import { graceDays } from "../../shared/domain/terms/settings.ts";
import { trialEndAfter } from "../../shared/domain/terms/trial.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";

const stores = { devices: deviceStore, deletions: deletionStore };

/**
 * Marks a device as deleted: it may not back up any more, its licence goes back to its pool, and its computer may enrol anew. Its data
 * stay for the grace period. Refuses without the name as confirmation, and where its account is deleted.
 */
export async function deleteDevice({
  params,
  query,
  ifMatch,
  deps: { devices, deletions },
}: Input<typeof contracts.deleteDevice, typeof stores>) {
  const { device: before, chain, pointer } = await devices.loadWithAccount(params.id);
  ifMatch(before.version);
  if (before.deletedAt !== null) return { result: devices.present(before, chain), writes: [] };
  checkConfirmation(query.confirm, before.name, normaliseName, "the device's name");
  const { id, name, customerId, state, licensed, usedBytes } = before;
  const now = devices.now();
  const deletedAt = new Date(now).toISOString();
  const purgeAt = trialEndAfter(now, graceDays(chain));
  const deletionId = deletions.newId();
  const device = {
    ...before,
    state: "deleted" as const,
    licensed: false,
    deletedFrom: { state, licensed },
    deletedAt,
    purgeAt,
    deletionId,
    updatedAt: deletedAt,
    version: before.version + 1,
  };
  const told = { kind: "device" as const, nodeId: id, name, level: null, customerId, usedBytes };
  const counts = { deviceCount: state === "pending" ? 0 : 1, licences: licensed ? 1 : 0 };
  return {
    result: devices.present(device, chain),
    writes: [
      ...devices.markDeleted(before, device, chain, pointer.parentAccountId),
      ...deletions.insert(chain, deletionId, { ...told, ...counts, deletedAt, onBehalfOf: query.onBehalfOf }, purgeAt),
      devices.log(chain, {
        type: "DeviceDeleted",
        node: { id, level: null, name },
        changes: differenceIn(["state", "licensed", "deletedAt", "purgeAt"], before, device),
      }),
    ],
  };
}

export const handler = operation(contracts.deleteDevice, deleteDevice, stores);
