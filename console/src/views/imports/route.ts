import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { oneOf, text } from "../../app/search-params.ts";

interface ImportsSearch {
  import?: string | undefined;
  rows?: "failed" | undefined;
}

/** `/n/$nodeId/imports`: files into a branch, and a branch into a file. */
export const importsRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "imports",
  validateSearch: (search): ImportsSearch => ({ import: text(search.import), rows: oneOf(["failed"], search.rows) }),
  component: lazyRouteComponent(() => import("./imports-view.tsx"), "ImportsView"),
});
