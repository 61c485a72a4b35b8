import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { flag, text } from "../../app/search-params.ts";

interface ReportsSearch {
  report?: string | undefined;
  add?: true | undefined;
  /** The preview of the report is open; with `to` that of an earlier one. */
  preview?: true | undefined;
  to?: string | undefined;
}

/** `/n/$nodeId/reports`: who gets which report when. */
export const reportsRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "reports",
  validateSearch: (search): ReportsSearch => ({
    report: text(search.report),
    add: flag(search.add),
    preview: flag(search.preview),
    to: text(search.to),
  }),
  component: lazyRouteComponent(() => import("./reports-view.tsx"), "ReportsView"),
});
