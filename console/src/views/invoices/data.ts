import { queryOptions } from "@tanstack/react-query";
import type { Input, Output } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";
import { type List, useList } from "../../parts/table/use-list.ts";
import { lastMonths } from "../billing/data.ts";
import type { Search } from "./route.ts";

export type Invoice = Output<"getInvoice">;
export type Filter = NonNullable<Input<"getInvoiceTotals">["query"]>;

/** Months of which invoices can be looked at in one list. */
export const monthsKept = 36;
const monthsShown = 13;

/** Which invoices are shown; of the last 13 months, unless others are chosen. */
export function filterOf({ received, state, payer, ...search }: Omit<Search, "invoice" | "report">): Filter {
  const months = lastMonths(monthsKept);
  const to = search.to ?? months[0] ?? "";
  const from = search.from ?? months[monthsShown - 1] ?? "";
  return {
    from: from > to ? to : from,
    to,
    ...(received && { received: true }),
    ...(state && { status: state }),
    ...(payer !== undefined && !received && { payerId: payer }),
  };
}

export const useInvoices = (filter: Filter): List<Invoice> =>
  useList<Invoice>(["invoices", "list", filter], (cursor, signal) =>
    tenantry.listInvoices({ query: { ...filter, limit: 50, ...(cursor !== undefined && { cursor }) }, signal }),
  );
export const totalsQuery = (filter: Filter) =>
  queryOptions({
    queryKey: ["invoices", "totals", filter],
    queryFn: ({ signal }) => tenantry.getInvoiceTotals({ query: filter, signal }),
  });
export const invoiceQuery = (id: string) =>
  queryOptions({
    queryKey: ["invoices", "one", id],
    queryFn: ({ signal }) => tenantry.getInvoice({ params: { id }, signal }),
  });
