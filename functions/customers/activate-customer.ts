import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { activation } from "./activation.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/** Lets the devices below a customer back up again, as far as every level above is active too. Refuses the caller's own customer. */
export async function activateCustomer({
  params,
  deps: { customers },
}: Input<typeof contracts.activateCustomer, typeof stores>) {
  return activation(customers, await customers.loadLive(params.id), true);
}

export const handler = operation(contracts.activateCustomer, activateCustomer, stores);
