import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { oneOf, text } from "../../app/search-params.ts";

export const customerStates = ["active", "inactive", "trial", "deleted"] as const;

interface CustomersSearch {
  name?: string | undefined;
  state?: (typeof customerStates)[number] | undefined;
  sort?: string | undefined;
}

/** `/n/$nodeId/customers`: the table of what stands directly below a customer. */
export const customersRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "customers",
  validateSearch: (search): CustomersSearch => ({
    name: text(search.name),
    state: oneOf(customerStates, search.state),
    sort: text(search.sort),
  }),
  component: lazyRouteComponent(() => import("./customers-view.tsx"), "CustomersView"),
});
