import { differenceIn } from "../../shared/domain/hierarchy/log-changes.ts";
import { purged } from "../../shared/domain/life/deletion.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";

const stores = { devices: deviceStore, deletions: deletionStore };

/**
 * Brings a deleted device back, with its data and the token that its computer has. Refuses once it has been purged, where its computer has
 * enrolled anew, or where the customer has as many devices as it may. One that is not deleted stays as it is.
 */
export async function restoreDevice({
  params,
  ifMatch,
  deps: { devices, deletions },
}: Input<typeof contracts.restoreDevice, typeof stores>) {
  const {
    device: before,
    chain,
    pointer,
  } = await deletions.orGone(params.id, "device", () => devices.loadWithAccount(params.id));
  ifMatch(before.version);
  if (before.deletedAt === null) return { result: devices.present(before, chain), writes: [] };
  if (before.purgeStartedAt !== null) throw purged("device");
  if (before.replacedBy !== null)
    throw new DomainError("device_replaced", `Device ${before.replacedBy} has its backup sets, data and licence.`);
  const { device, writes } = devices.markRestored(before, chain, pointer.parentAccountId);
  const { id, name } = device;
  return {
    result: devices.present(device, chain),
    writes: [
      ...writes,
      ...deletions.settle(before.deletionId, "deleted", { state: "restored", restoredAt: device.updatedAt }),
      devices.log(chain, {
        type: "DeviceRestored",
        node: { id, level: null, name },
        changes: differenceIn(["state", "licensed", "deletedAt", "purgeAt"], before, device),
      }),
    ],
  };
}

export const handler = operation(contracts.restoreDevice, restoreDevice, stores);
