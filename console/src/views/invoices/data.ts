import { queryOptions } from "@tanstack/react-query";
import type { Input, Output } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";
import { type List, useList } from "../../parts/table/use-list.ts";
import { lastMonths } from "../billing/data.ts";
import type { states } from "./route.ts";

export type Invoice = Output<"getInvoice">;
export type Filter = NonNullable<Input<"getInvoiceTotals">["query"]>;

/** Which invoices are shown: of so many months up to the present one. */
export function filterOf(search: {
  received?: true | undefined;
  state?: (typeof states)[number] | undefined;
  months: string;
}): Filter {
  const months = lastMonths(Number(search.months));
  return {
    from: months.at(-1) ?? "",
    to: months[0] ?? "",
    ...(search.received && { received: true }),
    ...(search.state && { status: search.state }),
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
