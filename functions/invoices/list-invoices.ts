import * as z from "zod";
import { presentInvoice } from "../../shared/store/billing/heads.ts";
import { filterOf } from "./filter.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Lists the invoices that the caller's own customer issues or has got. */
export async function listInvoices({
  query,
  page,
  caller,
  deps: { invoices },
}: Input<typeof contracts.listInvoices, typeof stores>) {
  const at = page.position(z.object({ month: z.string(), after: z.string().nullable() }));
  const { invoices: found, next } = await invoices.list(filterOf(query), page.limit, at);
  return { items: found.map((one) => presentInvoice(one, caller)), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listInvoices, listInvoices, stores);
