import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { oneOf, text } from "../../app/search-params.ts";

export const trialKinds = ["customers", "accounts"] as const;

interface TrialsSearch {
  kind?: (typeof trialKinds)[number] | undefined;
  sort?: string | undefined;
}

/** `/n/$nodeId/trials`: customers and accounts of a branch that are in trial. */
export const trialsRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "trials",
  validateSearch: (search): TrialsSearch => ({ kind: oneOf(trialKinds, search.kind), sort: text(search.sort) }),
  component: lazyRouteComponent(() => import("./trials-view.tsx"), "TrialsView"),
});
