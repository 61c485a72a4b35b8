import { effectiveSettings, type EffectiveSettings } from "../../shared/domain/terms/settings.ts";
import { throttleFor, throttleNow, type ThrottleNow } from "../../shared/domain/devices/throttle.ts";
import type * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";

const stores = { devices: deviceStore };

/** Answers the settings that apply to a device, and what throttling says at a moment ("what applies on Saturday at 14:05"). */
export async function getDeviceEffectiveSettings({
  params,
  query,
  caller,
  deps: { devices },
}: Input<typeof contracts.getDeviceEffectiveSettings, typeof stores>): Promise<
  EffectiveSettings & { throttleNow: z.infer<typeof ThrottleNow> }
> {
  const { device, chain } = await devices.load(params.id);
  const visible = new Set(chain.slice(0, chain.findIndex(({ id }) => id === caller.scopeId) + 1).map(({ id }) => id));
  const own = [{ id: device.id, level: "device" as const, throttle: device.throttle }];
  const at = query.at === undefined ? devices.now() : Date.parse(query.at);
  return {
    ...effectiveSettings(chain, visible),
    throttleNow: throttleFor(throttleNow(own, chain, at), visible),
  };
}

export const handler = operation(contracts.getDeviceEffectiveSettings, getDeviceEffectiveSettings, stores);
