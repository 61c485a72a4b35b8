import { type Input, operation } from "../../shared/http/operation.ts";
import { reactivationStore } from "../../shared/store/life/reactivation.ts";
import { keys as contracts } from "./contract.ts";

const stores = { reactivation: reactivationStore };

/** Asks the level above to activate the caller's own customer again, once a day at most. Where nothing is deactivated there is nothing to ask for. */
export async function requestReactivation({
  deps: { reactivation },
}: Input<typeof contracts.requestReactivation, typeof stores>) {
  const { active, askedAt, writes } = await reactivation.ask();
  return { result: { active, askedAt }, writes, status: writes.length > 0 ? (202 as const) : (200 as const) };
}

export const handler = operation(contracts.requestReactivation, requestReactivation, stores);
