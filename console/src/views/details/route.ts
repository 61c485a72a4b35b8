import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";

/** `/n/$nodeId/details`: a customer's record, limits and life cycle. */
export const detailsRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "details",
  component: lazyRouteComponent(() => import("./details-view.tsx"), "DetailsView"),
});
