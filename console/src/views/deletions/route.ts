import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { text } from "../../app/search-params.ts";

/** `/n/$nodeId/deletions`: what was deleted below a customer, and the way back. */
export const deletionsRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "deletions",
  validateSearch: (search): { sort?: string | undefined } => ({ sort: text(search.sort) }),
  component: lazyRouteComponent(() => import("./deletions-view.tsx"), "DeletionsView"),
});
