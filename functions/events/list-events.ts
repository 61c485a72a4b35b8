import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { eventFeedStore } from "../../shared/store/events/feed.ts";
import { events as contracts } from "./contract.ts";

const stores = { feed: eventFeedStore };

/** Lists the events of a branch in the order in which they were filed, and where to go on later. */
export async function listEvents({
  branchId,
  query,
  page,
  deps: { feed },
}: Input<typeof contracts.listEvents, typeof stores>) {
  const after = page.position(z.string()) ?? "";
  const { items, last, more } = await feed.list(branchId, query.types, page.limit, after);
  const cursor = page.next(last);
  return { items, nextCursor: more ? cursor : null, resumeCursor: String(cursor) };
}

export const handler = operation(contracts.listEvents, listEvents, stores);
