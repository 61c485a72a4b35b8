import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { text } from "../../app/search-params.ts";

/** `/n/$nodeId/contacts`: the contacts of a customer. */
export const contactsRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "contacts",
  validateSearch: (search): { sort?: string | undefined } => ({ sort: text(search.sort) }),
  component: lazyRouteComponent(() => import("./contacts-view.tsx"), "ContactsView"),
});
