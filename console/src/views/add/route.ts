import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { text } from "../../app/search-params.ts";

/** `/n/$nodeId/add`: a new customer below one; then what has become of it. */
export const addRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "add",
  validateSearch: (search): { created?: string | undefined } => ({ created: text(search.created) }),
  component: lazyRouteComponent(() => import("./add-view.tsx"), "AddView"),
});
