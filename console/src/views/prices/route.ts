import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { text } from "../../app/search-params.ts";

/** `/n/$nodeId/prices`: the price plans of the caller's own customer. */
export const pricesRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "prices",
  validateSearch: (search): { plan?: string | undefined } => ({ plan: text(search.plan) }),
  component: lazyRouteComponent(() => import("./prices-view.tsx"), "PricesView"),
});
