import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { flag, text } from "../../app/search-params.ts";

interface HandlersSearch {
  handler?: string | undefined;
  add?: true | undefined;
}

/** `/n/$nodeId/handlers`: mails and webhooks on events. */
export const handlersRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "handlers",
  validateSearch: (search): HandlersSearch => ({ handler: text(search.handler), add: flag(search.add) }),
  component: lazyRouteComponent(() => import("./handlers-view.tsx"), "HandlersView"),
});
