import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";

/** `/n/$nodeId/overview`: a customer at a glance. */
export const overviewRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "overview",
  component: lazyRouteComponent(() => import("./overview-view.tsx"), "OverviewView"),
});
