import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { text } from "../../app/search-params.ts";

/** `/n/$nodeId/enrolment`: keys with which computers enrol themselves. */
export const enrolmentRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "enrolment",
  validateSearch: (search): { sort?: string | undefined } => ({ sort: text(search.sort) }),
  component: lazyRouteComponent(() => import("./enrolment-view.tsx"), "EnrolmentView"),
});
