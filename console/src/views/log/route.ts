import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { flag, oneOf, text } from "../../app/search-params.ts";

export const logViews = ["changes", "access"] as const;

export interface LogSearch {
  view?: (typeof logViews)[number] | undefined;
  type?: string | undefined;
  /** ISO 8601 */
  from?: string | undefined;
  to?: string | undefined;
  actor?: string | undefined;
  only?: "node" | undefined;
  follow?: true | undefined;
  entry?: string | undefined;
}

/** `/n/$nodeId/log`: what happened in a branch, and who logged in. */
export const logRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "log",
  validateSearch: (search): LogSearch => ({
    view: oneOf(logViews, search.view),
    type: text(search.type),
    from: text(search.from),
    to: text(search.to),
    actor: text(search.actor),
    only: oneOf(["node"], search.only),
    follow: flag(search.follow),
    entry: text(search.entry),
  }),
  component: lazyRouteComponent(() => import("./log-view.tsx"), "LogView"),
});
