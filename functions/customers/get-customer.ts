import { presentCustomer } from "../../shared/domain/hierarchy/customer.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/** Answers a customer of the caller's branch, also a deleted one that can still be restored. */
export async function getCustomer({ params, deps: { customers } }: Input<typeof contracts.getCustomer, typeof stores>) {
  return presentCustomer(await customers.load(params.id), customers.scopeId, customers.now());
}

export const handler = operation(contracts.getCustomer, getCustomer, stores);
