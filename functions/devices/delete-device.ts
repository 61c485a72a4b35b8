import { refuse } from "../../shared/domain/errors.ts";
import { normaliseName } from "../../shared/domain/names.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deviceStore } from "../../shared/store/devices.ts";
import { devices as contracts } from "./contract.ts";

const stores = { devices: deviceStore };

/** Ends a device: it may not back up any more, its licence goes back to its pool, and its computer may enrol anew. Refuses without the name as confirmation. */
export async function deleteDevice({
  params,
  query,
  ifMatch,
  deps: { devices },
}: Input<typeof contracts.deleteDevice, typeof stores>) {
  const { device: before, chain } = await devices.loadLive(params.id);
  ifMatch(before.version);
  if (before.deletedAt !== null) return { result: devices.present(before, chain), writes: [] };
  if (query.confirm === undefined || normaliseName(query.confirm) !== normaliseName(before.name))
    throw refuse("confirmation_required", "confirm", "must be the device's name");
  const deletedAt = new Date(devices.now()).toISOString();
  const device = {
    ...before,
    state: "deleted" as const,
    licensed: false,
    attention: [],
    deletedAt,
    updatedAt: deletedAt,
    version: before.version + 1,
  };
  return {
    result: devices.present(device, chain),
    writes: [
      ...devices.remove(before, device, chain),
      devices.log(chain, { type: "DeviceDeleted", node: { id: device.id, level: null, name: device.name } }),
    ],
  };
}

export const handler = operation(contracts.deleteDevice, deleteDevice, stores);
