import { type Input, operation } from "../../shared/http/operation.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";
import { suspension } from "./suspension.ts";

const stores = { devices: deviceStore };

/** Suspends a device: it may not back up. Refuses a device that is deleted or waits for approval. */
export async function deactivateDevice({
  params,
  deps: { devices },
}: Input<typeof contracts.deactivateDevice, typeof stores>) {
  return suspension(devices, await devices.loadLive(params.id), "suspended");
}

export const handler = operation(contracts.deactivateDevice, deactivateDevice, stores);
