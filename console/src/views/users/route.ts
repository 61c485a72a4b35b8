import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { flag, text } from "../../app/search-params.ts";

interface UsersSearch {
  branch?: true | undefined;
  user?: string | undefined;
  add?: true | undefined;
}

/** `/n/$nodeId/users`: who has web access. */
export const usersRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "users",
  validateSearch: (search): UsersSearch => ({
    branch: flag(search.branch),
    user: text(search.user),
    add: flag(search.add),
  }),
  component: lazyRouteComponent(() => import("./users-view.tsx"), "UsersView"),
});
