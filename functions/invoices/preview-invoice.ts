import { booksStore } from "../../shared/store/billing/books.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore, books: booksStore };

/** Answers what a customer's invoice for a month would be as of now, down to the days of each line. */
export async function previewInvoice({
  params,
  query,
  deps: { invoices, books },
}: Input<typeof contracts.previewInvoice, typeof stores>) {
  await books.payer(params.id, false);
  const { totals, ...rest } = await invoices.preview(params.id, query.month);
  return { ...totals, ...rest };
}

export const handler = operation(contracts.previewInvoice, previewInvoice, stores);
