import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { customers as contracts } from "./contract.ts";

const stores = { deletions: deletionStore };

/** Lists what was deleted in a customer's branch, newest first: also what has been restored or removed for good since. */
export async function listDeletions({
  params,
  page,
  deps: { deletions },
}: Input<typeof contracts.listDeletions, typeof stores>) {
  const { items, next } = await deletions.list(params.id, page.limit, page.position(z.string()));
  return { items, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listDeletions, listDeletions, stores);
