import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { text } from "../../app/search-params.ts";

/** `/n/$nodeId/devices/$deviceId`: one device. `set` is the backup set whose runs are shown. */
export const deviceRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "devices/$deviceId",
  validateSearch: (search): { set?: string | undefined } => ({ set: text(search.set) }),
  component: lazyRouteComponent(() => import("./device-view.tsx"), "DeviceView"),
});
