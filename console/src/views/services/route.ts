import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { flag } from "../../app/search-params.ts";

/** `/n/$nodeId/services`: what a customer is billed for beside backups. */
export const servicesRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "services",
  validateSearch: (search): { ended?: true | undefined } => ({ ended: flag(search.ended) }),
  component: lazyRouteComponent(() => import("./services-view.tsx"), "ServicesView"),
});
