import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";

/** `/n/$nodeId/settings`: what applies to a customer, what it says itself, and which level the rest comes from. */
export const settingsRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "settings",
  component: lazyRouteComponent(() => import("./settings-view.tsx"), "SettingsView"),
});
