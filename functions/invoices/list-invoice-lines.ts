import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Lists the lines of an invoice in its order. */
export async function listInvoiceLines({
  params,
  page,
  deps: { invoices },
}: Input<typeof contracts.listInvoiceLines, typeof stores>) {
  const at = page.position(z.tuple([z.int().min(0), z.int().min(0)])) ?? ([0, 0] as const);
  const { lines, next } = await invoices.lines(await invoices.load(params.id), page.limit, at);
  return { items: lines, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listInvoiceLines, listInvoiceLines, stores);
