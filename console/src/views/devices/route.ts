import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Schemas } from "@tenantry/client";
import { nodeRoute } from "../../app/routes.ts";
import { flag, oneOf, text } from "../../app/search-params.ts";

export const deviceStates = ["active", "suspended", "pending", "deleted"] as const;

/** Why a device needs attention, the worst first, as the API has them. */
export const attentionCodes = [
  "identity_conflict",
  "data_misplaced",
  "repeated_failures",
  "overdue",
  "never_backed_up",
  "licence_missing",
  "backup_failed",
  "not_seen",
  "quota_high",
  "pending",
  "possible_duplicate",
  "agent_outdated",
  "backup_warning",
] as const satisfies readonly Schemas["AttentionCode"][];

export interface DevicesSearch {
  name?: string | undefined;
  state?: (typeof deviceStates)[number] | undefined;
  /** Only those that need attention, or need it for this reason. */
  attention?: true | (typeof attentionCodes)[number] | undefined;
  sort?: string | undefined;
}

/** `/n/$nodeId/devices`: the devices of a customer's branch. */
export const devicesRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "devices",
  validateSearch: (search): DevicesSearch => ({
    name: text(search.name),
    state: oneOf(deviceStates, search.state),
    attention: flag(search.attention) ?? oneOf(attentionCodes, search.attention),
    sort: text(search.sort),
  }),
  component: lazyRouteComponent(() => import("./devices-view.tsx"), "DevicesView"),
});
