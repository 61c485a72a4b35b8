import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { oneOf, text } from "../../app/search-params.ts";

export const moveKinds = ["customers", "accounts", "devices", "backup-sets", "merge", "split"] as const;
export type MoveKind = (typeof moveKinds)[number];

export interface MoveSearch {
  what?: MoveKind | undefined;
  /** What is moved, separated by commas. */
  ids?: string | undefined;
  /** Where to: a customer, an account or a device. Of a merge: whose accounts come. */
  to?: string | undefined;
  /** Of backup sets: the device that has them. */
  from?: string | undefined;
  task?: string | undefined;
}

/** `/n/$nodeId/move`: moves customers, accounts, devices and backup sets, merges and splits; then shows how far it has come. */
export const moveRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "move",
  validateSearch: (search): MoveSearch => ({
    what: oneOf(moveKinds, search.what),
    ids: text(search.ids),
    to: text(search.to),
    from: text(search.from),
    task: text(search.task),
  }),
  component: lazyRouteComponent(() => import("./move-view.tsx"), "MoveView"),
});
