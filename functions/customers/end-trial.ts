import { presentCustomer } from "../../shared/domain/hierarchy/customer.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { trialStore } from "../../shared/store/life/trials.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore, trials: trialStore };

/**
 * Ends a customer's trial now: production, and invoices, from this moment on, or from the end that was set where that has passed and no sweep
 * has come yet; customer and seller hear of it. Refuses where there is no trial, and of the caller's own customer.
 */
export async function endTrial({
  params,
  ifMatch,
  deps: { customers, trials },
}: Input<typeof contracts.endTrial, typeof stores>) {
  const chain = await customers.loadLive(params.id);
  const [before, ...parents] = chain;
  customers.refuseOnOwn(before, "The end of the trial");
  ifMatch(before.version);
  const now = new Date(customers.now()).toISOString();
  const { trialEndsAt } = before;
  const { record, writes } = await trials.ending(chain, trialEndsAt !== null && trialEndsAt < now ? trialEndsAt : now);
  return { result: presentCustomer([record, ...parents], customers.scopeId, customers.now()), writes };
}

export const handler = operation(contracts.endTrial, endTrial, stores);
