import type * as z from "zod";
import type { DeviceRecord, DeviceUpsert } from "../../shared/domain/devices/device.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import type { DeviceStore } from "../../shared/store/devices/devices.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { devices as contracts } from "./contract.ts";
import { newDeviceOf, stores } from "./create-device.ts";
import { modification } from "./update-device.ts";

/** The change that brings a device to what an upsert says. Refuses another computer, and to suspend it. */
export function broughtTo(
  { name, kind, os, machineId, active }: z.infer<typeof DeviceUpsert>,
  place: { device: DeviceRecord; chain: Chain },
  devices: DeviceStore,
) {
  const change = modification({ name, kind, os, machineId }, place, devices);
  if (active !== undefined && active !== (place.device.state !== "suspended"))
    throw refuse("immutable", "active", "Use activate and deactivate.");
  return change;
}

/** Creates the device with a reference in an account, or changes its name, kind and system where it exists. */
export async function upsertDevice({ body, ifMatch, deps }: Input<typeof contracts.upsertDevice, typeof stores>) {
  const { devices } = deps;
  const known = await devices.findByRef(body.accountId, body.externalRef);
  if (known === null) return newDeviceOf(body, deps, false);
  const place = await devices.loadLive(known);
  ifMatch(place.device.version);
  return { ...broughtTo(body, place, devices), status: 200 as const };
}

export const handler = operation(contracts.upsertDevice, upsertDevice, stores);
