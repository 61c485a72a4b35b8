import { offeredLocations } from "../../shared/domain/terms/offered-locations.ts";
import { locationChoice } from "../../shared/domain/terms/locations.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { storage as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/** Lists where data can lie, or where those of a new customer of one country can. The table is part of the product: all of it is one page. */
export async function listStorageLocations({
  query,
  branchId,
  deps: { customers },
}: Input<typeof contracts.listStorageLocations, typeof stores>) {
  const offered = offeredLocations(await customers.load(branchId), customers.storage);
  const choice = query.country === undefined ? null : locationChoice(query.country);
  const items = choice?.mayChoose === false ? offered.filter(({ code }) => code === choice.storageLocation) : offered;
  return { items, nextCursor: null, choice };
}

export const handler = operation(contracts.listStorageLocations, listStorageLocations, stores);
