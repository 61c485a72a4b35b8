import { type Input, operation } from "../../shared/http/operation.ts";
import { AccessPosition, accessStore } from "../../shared/store/access/access-pages.ts";
import { log as contracts } from "./contract.ts";

const stores = { access: accessStore };

/** Lists what the credentials of a customer have tried, newest first. */
export async function listAccessLog({
  params,
  query: { from, to },
  page,
  deps: { access },
}: Input<typeof contracts.listAccessLog, typeof stores>) {
  const { items, next } = await access.list(params.id, { from, to }, page.limit, page.position(AccessPosition));
  return { items, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listAccessLog, listAccessLog, stores);
