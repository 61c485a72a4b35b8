import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import type { Device, DeviceRecord } from "../../shared/domain/devices/device.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import type { Change } from "../../shared/http/operation.ts";
import type { DeviceStore } from "../../shared/store/devices/devices.ts";

/** The change that suspends a device or lets it go on; nothing is written where it is so already. @throws DomainError device_deleted | device_not_pending */
export function suspension(
  devices: DeviceStore,
  { device: before, chain }: { device: DeviceRecord; chain: Chain },
  state: "active" | "suspended",
): Change<Device> {
  if (before.deletedAt !== null) throw new DomainError("device_deleted", "The device is deleted.");
  if (before.state === "pending")
    throw new DomainError("device_not_pending", "The device waits for approval; approve it, or delete it.");
  if (before.state === state) return { result: devices.present(before, chain), writes: [] };
  const device = { ...before, state, version: before.version + 1, updatedAt: new Date(devices.now()).toISOString() };
  return {
    result: devices.present(device, chain),
    writes: [
      ...devices.save(before, device),
      devices.log(chain, {
        type: state === "active" ? "DeviceActivated" : "DeviceSuspended",
        node: { id: device.id, level: null, name: device.name },
        changes: difference(before, device),
      }),
    ],
  };
}
