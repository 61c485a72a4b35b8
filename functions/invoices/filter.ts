import type { InvoiceFilter } from "../../shared/store/billing/invoices.ts";

/** Which invoices a request asks for. */
export const filterOf = (
  query: Pick<InvoiceFilter, "from" | "to"> & { [Name in keyof InvoiceFilter]?: InvoiceFilter[Name] | undefined },
): InvoiceFilter => ({
  received: query.received ?? false,
  from: query.from,
  to: query.to,
  payerId: query.payerId ?? null,
  status: query.status ?? null,
});
