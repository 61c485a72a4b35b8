import { storageLocations } from "../../shared/domain/terms/locations.ts";
import { operation } from "../../shared/http/operation.ts";
import { storage as contracts } from "./contract.ts";

/** Lists where data can lie. The table is part of the product: all of it is one page. */
export async function listStorageLocations() {
  return { items: [...storageLocations], nextCursor: null };
}

export const handler = operation(contracts.listStorageLocations, listStorageLocations, {});
