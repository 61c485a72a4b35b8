import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { flag, oneOf, text } from "../../app/search-params.ts";

export const states = ["draft", "issued", "paid", "void"] as const;
const month = /^\d{4}-(?:0[1-9]|1[0-2])$/;
const monthIn = (value: unknown): string | undefined => {
  const typed = text(value);
  return typed !== undefined && month.test(typed) ? typed : undefined;
};

export interface Search {
  received?: true | undefined;
  state?: (typeof states)[number] | undefined;
  payer?: string | undefined;
  /** The first and the last month. */
  from?: string | undefined;
  to?: string | undefined;
  invoice?: string | undefined;
  report?: true | undefined;
}

/** `/n/$nodeId/invoices`: the invoices that a customer issues, or has got. */
export const invoicesRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "invoices",
  validateSearch: (search): Search => ({
    received: flag(search.received),
    state: oneOf(states, search.state),
    payer: text(search.payer),
    from: monthIn(search.from),
    to: monthIn(search.to),
    invoice: text(search.invoice),
    report: flag(search.report),
  }),
  component: lazyRouteComponent(() => import("./invoices-view.tsx"), "InvoicesView"),
});
