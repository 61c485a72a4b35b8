import { presentReplication } from "../../shared/domain/storage/replication.ts";
import { refuseCloud } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { servers as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/** Shows whether, when and to which server a customer's data are copied a second time, and which level says so. */
export async function getReplication({
  params,
  deps: { customers },
}: Input<typeof contracts.getReplication, typeof stores>) {
  const chain = await customers.load(params.id);
  refuseCloud(chain);
  return presentReplication(chain, customers.now());
}

export const handler = operation(contracts.getReplication, getReplication, stores);
