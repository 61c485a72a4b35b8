import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "../../app/routes.ts";

/** `/portal`: what somebody sees who has logged in by a backup account. */
export const portalRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/portal",
  component: lazyRouteComponent(() => import("./portal-view.tsx"), "PortalView"),
});

/** `/portal/devices/$deviceId`: one of the account's devices. */
export const portalDeviceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/portal/devices/$deviceId",
  component: lazyRouteComponent(() => import("./portal-device-view.tsx"), "PortalDeviceView"),
});
