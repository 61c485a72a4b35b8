import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { text } from "../../app/search-params.ts";

/** `/n/$nodeId/billing`: how a customer is invoiced, and what a month would cost. */
export const billingRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "billing",
  validateSearch: (search): { month?: string | undefined } => ({ month: text(search.month) }),
  component: lazyRouteComponent(() => import("./billing-view.tsx"), "BillingView"),
});
