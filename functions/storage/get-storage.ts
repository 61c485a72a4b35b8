import { presentStorage } from "../../shared/domain/storage/residency.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { residencyStore } from "../../shared/store/storage/residency.ts";
import { storage as contracts } from "./contract.ts";

const stores = { customers: customerStore, residency: residencyStore };

/** Shows where the data of one customer lie, who decided it, and what the last check has found. */
export async function getStorage({
  params,
  deps: { customers, residency },
}: Input<typeof contracts.getStorage, typeof stores>) {
  const [chain, found] = await Promise.all([customers.load(params.id), residency.found(params.id)]);
  return presentStorage(chain, customers.scopeId, found, customers.now());
}

export const handler = operation(contracts.getStorage, getStorage, stores);
