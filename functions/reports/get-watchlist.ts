import { type Input, operation } from "../../shared/http/operation.ts";
import { WatchPosition, watchlistStore } from "../../shared/store/reports/watchlist.ts";
import { reports as contracts } from "./contract.ts";

const stores = { watchlist: watchlistStore };

/** Lists the devices of a branch that need attention, the worst first. */
export async function getWatchlist({
  params,
  query,
  page,
  deps: { watchlist },
}: Input<typeof contracts.getWatchlist, typeof stores>) {
  const position = page.position(WatchPosition);
  const { counts, items, next } = await watchlist.list(params.id, query.reason ?? null, page.limit, position);
  return { counts, items, nextCursor: page.next(next) };
}

export const handler = operation(contracts.getWatchlist, getWatchlist, stores);
