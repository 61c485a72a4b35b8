import { chosenServer } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { servers as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/** Shows which storage server the devices of a customer use, and who has chosen it. */
export async function getStorageServerChoice({
  params,
  deps: { customers },
}: Input<typeof contracts.getStorageServerChoice, typeof stores>) {
  return chosenServer(await customers.load(params.id));
}

export const handler = operation(contracts.getStorageServerChoice, getStorageServerChoice, stores);
