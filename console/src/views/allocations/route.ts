import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { oneOf } from "../../app/search-params.ts";

export const rowKinds = ["customer", "account", "device", "backup-set"] as const;

/** `/n/$nodeId/allocations`: space and licences of a whole branch, to be changed in place. */
export const allocationsRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "allocations",
  validateSearch: (search): { downTo?: (typeof rowKinds)[number] | undefined } => ({
    downTo: oneOf(rowKinds, search.downTo),
  }),
  component: lazyRouteComponent(() => import("./allocations-view.tsx"), "AllocationsView"),
});
