import { effectiveSettings, type EffectiveSettings } from "../../shared/domain/settings.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/customers.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/** Answers the settings that apply to a customer, each with its source; sources above the caller's branch show their level only. */
export async function getEffectiveSettings({
  params,
  deps: { customers },
}: Input<typeof contracts.getEffectiveSettings, typeof stores>): Promise<EffectiveSettings> {
  const chain = await customers.load(params.id);
  const top = chain.findIndex(({ id }) => id === customers.scopeId);
  return effectiveSettings(chain, new Set(chain.slice(0, top + 1).map(({ id }) => id)));
}

export const handler = operation(contracts.getEffectiveSettings, getEffectiveSettings, stores);
