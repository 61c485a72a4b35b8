import { type Input, operation } from "../../shared/http/operation.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";
import { suspension } from "./suspension.ts";

const stores = { devices: deviceStore };

/** Lets a suspended device back up again. Refuses a device that is deleted or waits for approval. */
export async function activateDevice({
  params,
  deps: { devices },
}: Input<typeof contracts.activateDevice, typeof stores>) {
  return suspension(devices, await devices.loadLive(params.id), "active");
}

export const handler = operation(contracts.activateDevice, activateDevice, stores);
