import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { activation } from "./activation.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/** Stops all backups below a customer at once. Refuses the caller's own customer. */
export async function deactivateCustomer({
  params,
  deps: { customers },
}: Input<typeof contracts.deactivateCustomer, typeof stores>) {
  return activation(customers, await customers.loadLive(params.id), false);
}

export const handler = operation(contracts.deactivateCustomer, deactivateCustomer, stores);
