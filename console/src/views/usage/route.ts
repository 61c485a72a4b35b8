import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { oneOf } from "../../app/search-params.ts";

export const units = ["month", "day"] as const;

/** `/n/$nodeId/usage`: what a customer used in the last thirteen months, or on the last sixty days. */
export const usageRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "usage",
  validateSearch: (search): { unit?: (typeof units)[number] | undefined } => ({ unit: oneOf(units, search.unit) }),
  component: lazyRouteComponent(() => import("./usage-view.tsx"), "UsageView"),
});
