import type { DevicePatch, DeviceRecord } from "../../shared/domain/devices/device.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import { mergeThrottle } from "../../shared/domain/terms/settings.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { type DeviceStore, deviceStore } from "../../shared/store/devices/devices.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { devices as contracts } from "./contract.ts";

const stores = { devices: deviceStore };

/** The answer and the writes of a changed device. Refuses another account or computer, a reference that is taken, and a deleted device. */
export function modification(
  body: DevicePatch,
  { device: before, chain }: { device: DeviceRecord; chain: Chain },
  devices: DeviceStore,
) {
  if (before.deletedAt !== null) throw new DomainError("device_deleted", "The device is deleted.");
  for (const field of ["accountId", "machineId"] as const)
    if (body[field] !== undefined && body[field] !== before[field])
      throw refuse("immutable", field, "A device stays the one computer in the one account; move it instead.");
  const merged = {
    ...before,
    name: body.name ?? before.name,
    machineKind: body.kind ?? before.machineKind,
    os: body.os ?? before.os,
    externalRef: body.externalRef === undefined ? before.externalRef : body.externalRef,
    throttle: body.throttle === undefined ? before.throttle : mergeThrottle(before.throttle, body.throttle),
  };
  const changes = difference(before, merged);
  if (changes.length === 0) return { result: devices.present(before, chain), writes: [] };
  const device = { ...merged, version: before.version + 1, updatedAt: new Date(devices.now()).toISOString() };
  return {
    result: devices.present(device, chain),
    writes: [
      ...devices.save(before, device),
      devices.log(chain, { type: "DeviceUpdated", node: { id: device.id, level: null, name: device.name }, changes }),
    ],
  };
}

/** Changes name, kind, system, reference or throttling of a device. */
export async function updateDevice({
  params,
  body,
  ifMatch,
  deps: { devices },
}: Input<typeof contracts.updateDevice, typeof stores>) {
  const place = await devices.loadLive(params.id);
  ifMatch(place.device.version);
  return modification(body, place, devices);
}

export const handler = operation(contracts.updateDevice, updateDevice, stores);
