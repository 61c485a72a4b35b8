import { type Input, operation } from "../../shared/http/operation.ts";
import { listingStore } from "../../shared/store/hierarchy/lists/listing.ts";
import { customers as contracts } from "./contract.ts";

const stores = { listing: listingStore };

/** Answers the hierarchy below a customer; where a node has more children than are shown, a cursor for `listCustomers`. */
export async function getTree({
  params,
  query,
  page,
  deps: { listing },
}: Input<typeof contracts.getTree, typeof stores>) {
  return listing.tree(params.id, query.depth ?? 1, (parentId, position) =>
    page.nextIn(contracts.listCustomers.id, { parentId }, position),
  );
}

export const handler = operation(contracts.getTree, getTree, stores);
