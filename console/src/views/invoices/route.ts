import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { flag, oneOf, text } from "../../app/search-params.ts";

export const states = ["draft", "issued", "paid", "void"] as const;
/** Months that are shown: those of a quarter, a year, three years. */
export const spans = ["3", "13", "36"] as const;

interface Search {
  received?: true | undefined;
  state?: (typeof states)[number] | undefined;
  months?: (typeof spans)[number] | undefined;
  invoice?: string | undefined;
}

/** `/n/$nodeId/invoices`: the invoices that a customer issues, or has got. */
export const invoicesRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "invoices",
  validateSearch: (search): Search => ({
    received: flag(search.received),
    state: oneOf(states, search.state),
    months: oneOf(spans, String(search.months)),
    invoice: text(search.invoice),
  }),
  component: lazyRouteComponent(() => import("./invoices-view.tsx"), "InvoicesView"),
});
