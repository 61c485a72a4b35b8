import type * as z from "zod";
import { effectiveSettings, type EffectiveSettings } from "../../shared/domain/terms/settings.ts";
import { throttleFor, throttleNow, type ThrottleNow } from "../../shared/domain/devices/throttle.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/**
 * Answers the settings that apply to a customer, each with its source, and what throttling says at a moment; sources above the caller's
 * branch show their level only.
 */
export async function getEffectiveSettings({
  params,
  query,
  deps: { customers },
}: Input<typeof contracts.getEffectiveSettings, typeof stores>): Promise<
  EffectiveSettings & { throttleNow: z.infer<typeof ThrottleNow> }
> {
  const chain = await customers.load(params.id);
  const top = chain.findIndex(({ id }) => id === customers.scopeId);
  const visible = new Set(chain.slice(0, top + 1).map(({ id }) => id));
  const at = query.at === undefined ? customers.now() : Date.parse(query.at);
  return { ...effectiveSettings(chain, visible), throttleNow: throttleFor(throttleNow([], chain, at), visible) };
}

export const handler = operation(contracts.getEffectiveSettings, getEffectiveSettings, stores);
