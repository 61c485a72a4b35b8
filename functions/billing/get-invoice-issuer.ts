import { notFound } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { booksStore } from "../../shared/store/billing/books.ts";
import { billing as contracts } from "./contract.ts";

const stores = { books: booksStore };

/** Answers what the caller's own customer says of itself on invoices. */
export async function getInvoiceIssuer({ deps: { books } }: Input<typeof contracts.getInvoiceIssuer, typeof stores>) {
  const [issuer] = await Promise.all([books.issuer(), books.own(false)]);
  if (!issuer) throw notFound("invoice issuer");
  return issuer;
}

export const handler = operation(contracts.getInvoiceIssuer, getInvoiceIssuer, stores);
