import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";

/** `/n/$nodeId/storage`: where the data lie, storage servers, copies to a second server, and seed migrations. */
export const storageRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "storage",
  component: lazyRouteComponent(() => import("./storage-view.tsx"), "StorageView"),
});
