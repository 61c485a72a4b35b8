import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { flag, text } from "../../app/search-params.ts";

interface KeysSearch {
  branch?: true | undefined;
  key?: string | undefined;
  add?: true | undefined;
}

/** `/n/$nodeId/keys`: the keys of programs. */
export const keysRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "keys",
  validateSearch: (search): KeysSearch => ({
    branch: flag(search.branch),
    key: text(search.key),
    add: flag(search.add),
  }),
  component: lazyRouteComponent(() => import("./keys-view.tsx"), "KeysView"),
});
