import { type Input, operation } from "../../shared/http/operation.ts";
import { planStore } from "../../shared/store/accounts/plans.ts";
import { plans as contracts } from "./contract.ts";

const stores = { plans: planStore };

/** Lists the service plans of the installation by code. There are few: all of them are one page. */
export async function listPlans({ deps: { plans } }: Input<typeof contracts.listPlans, typeof stores>) {
  return { items: await plans.list(), nextCursor: null };
}

export const handler = operation(contracts.listPlans, listPlans, stores);
