import { notFound } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { booksStore } from "../../shared/store/billing/books.ts";
import { billing as contracts } from "./contract.ts";

const stores = { books: booksStore };

/** Answers how the caller's own customer invoices one of those directly below it. */
export async function getInvoiceConfig({
  params,
  deps: { books },
}: Input<typeof contracts.getInvoiceConfig, typeof stores>) {
  const [config] = await Promise.all([books.config(params.id), books.payer(params.id, false)]);
  if (!config) throw notFound("invoice configuration");
  return config;
}

export const handler = operation(contracts.getInvoiceConfig, getInvoiceConfig, stores);
