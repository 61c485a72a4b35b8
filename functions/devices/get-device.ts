import { type Input, operation } from "../../shared/http/operation.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";

const stores = { devices: deviceStore };

/** Answers a device of the caller's branch. */
export async function getDevice({ params, deps: { devices } }: Input<typeof contracts.getDevice, typeof stores>) {
  const { device, chain } = await devices.load(params.id);
  return devices.present(device, chain);
}

export const handler = operation(contracts.getDevice, getDevice, stores);
