import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";

/** `/n/$nodeId/plans`: the service plans of the installation. */
export const plansRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "plans",
  component: lazyRouteComponent(() => import("./plans-view.tsx"), "PlansView"),
});
