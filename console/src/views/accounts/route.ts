import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { oneOf, text } from "../../app/search-params.ts";

export const accountStates = ["active", "trial", "suspended", "deleted"] as const;

export interface AccountsSearch {
  name?: string | undefined;
  state?: (typeof accountStates)[number] | undefined;
  sort?: string | undefined;
}

/** `/n/$nodeId/accounts`: the accounts of a customer's branch. */
export const accountsRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "accounts",
  validateSearch: (search): AccountsSearch => ({
    name: text(search.name),
    state: oneOf(accountStates, search.state),
    sort: text(search.sort),
  }),
  component: lazyRouteComponent(() => import("./accounts-view.tsx"), "AccountsView"),
});

/** `/n/$nodeId/accounts/$accountId`: one account. */
export const accountRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "accounts/$accountId",
  component: lazyRouteComponent(() => import("../account/account-view.tsx"), "AccountView"),
});

/** The three ways to make an account: with a new customer, below another account, beside it for another plan. */
export const accountWays = ["new-customer", "sub-account", "parent-account"] as const;

interface NewAccountSearch {
  way?: (typeof accountWays)[number] | undefined;
  /** The parent account of the new one. */
  parent?: string | undefined;
  /** The account that was made. */
  created?: string | undefined;
}

/** `/n/$nodeId/accounts/new`: the form that adds an account; then what has become of it. */
export const newAccountRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "accounts/new",
  validateSearch: (search): NewAccountSearch => ({
    way: oneOf(accountWays, search.way),
    parent: text(search.parent),
    created: text(search.created),
  }),
  component: lazyRouteComponent(() => import("./new-account/new-account-view.tsx"), "NewAccountView"),
});
