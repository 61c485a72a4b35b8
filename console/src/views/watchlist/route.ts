import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { oneOf } from "../../app/search-params.ts";
import { attentionCodes } from "../devices/route.ts";

/** `/n/$nodeId/watchlist`: the devices of a branch that somebody should look at, the worst first. */
export const watchlistRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "watchlist",
  validateSearch: (search): { reason?: (typeof attentionCodes)[number] | undefined } => ({
    reason: oneOf(attentionCodes, search.reason),
  }),
  component: lazyRouteComponent(() => import("./watchlist-view.tsx"), "WatchlistView"),
});
