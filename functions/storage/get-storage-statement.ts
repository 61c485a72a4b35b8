import { presentStorage } from "../../shared/domain/storage/residency.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { BranchPosition } from "../../shared/store/hierarchy/lists/branch-walk.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { listingStore } from "../../shared/store/hierarchy/lists/listing.ts";
import { residencyStore } from "../../shared/store/storage/residency.ts";
import { storage as contracts } from "./contract.ts";

const stores = { customers: customerStore, listing: listingStore, residency: residencyStore };

/** States where the data of every customer of a branch lie. */
export async function getStorageStatement({
  params,
  page,
  deps: { customers, listing, residency },
}: Input<typeof contracts.getStorageStatement, typeof stores>) {
  const { places, next } = await listing.branch(params.id, undefined, page.limit, page.position(BranchPosition));
  const found = await residency.foundAll(places.map(({ chain }) => chain[0]));
  const now = customers.now();
  return {
    issuedAt: new Date(now).toISOString(),
    customerId: params.id,
    items: places.flatMap(({ chain }, index) => {
      const known = found[index];
      return known ? [presentStorage(chain, customers.scopeId, known, now)] : [];
    }),
    nextCursor: page.next(next),
  };
}

export const handler = operation(contracts.getStorageStatement, getStorageStatement, stores);
