import { createRootRouteWithContext, createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { Frame } from "../frame/frame.tsx";
import { NotFound, RouteFailure } from "../frame/route-states.tsx";
import type { Me } from "./rights.ts";

/** Everything that stands inside the frame. */
export const rootRoute = createRootRouteWithContext<{ me: Me }>()({
  component: Frame,
  notFoundComponent: NotFound,
  errorComponent: RouteFailure,
});

/** `/console/`: the caller's own customer; the portal for whoever has logged in by a backup account. */
export const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: ({ context: { me } }) => {
    if (me.kind === "account") throw redirect({ to: "/portal", replace: true });
    throw redirect({ to: "/n/$nodeId/overview", params: { nodeId: me.scope.id }, replace: true });
  },
});

/** `/console/n/cus_…`: one customer of the branch, with its areas as tabs. Views are its children. */
export const nodeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/n/$nodeId",
  component: lazyRouteComponent(() => import("../frame/node-page.tsx"), "NodePage"),
});

/** A customer without an area: its overview. */
export const nodeHomeRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/n/$nodeId/overview", params, replace: true });
  },
});
