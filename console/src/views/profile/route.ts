import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../app/routes.ts";

/** `/profile`: the caller's own password, second factors and sessions. */
export const profileRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/profile",
  component: lazyRouteComponent(() => import("./profile-view.tsx"), "ProfileView"),
});
