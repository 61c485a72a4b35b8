import { isSameRecord } from "../../shared/domain/billing/canonical-json.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { booksStore } from "../../shared/store/billing/books.ts";
import { billing as contracts } from "./contract.ts";

const stores = { books: booksStore };

/** Sets what the caller's own customer says of itself on invoices, and how it numbers them. */
export async function putInvoiceIssuer({
  body,
  ifMatch,
  deps: { books },
}: Input<typeof contracts.putInvoiceIssuer, typeof stores>) {
  const [before, chain] = await Promise.all([books.issuer(), books.own(true)]);
  ifMatch(before?.version ?? 0);
  const at = new Date(books.now()).toISOString();
  const [customer] = chain;
  const after = {
    ...body,
    issue: body.issue ?? "automatic",
    customerId: customer.id,
    version: (before?.version ?? 0) + 1,
    createdAt: before?.createdAt ?? at,
    updatedAt: at,
  };
  if (before && isSameRecord(before, after)) return { result: before, writes: [] };
  const { id, level, name } = customer;
  const told = ({ seller, numbers, issue }: typeof after) => ({ name: seller.name, prefix: numbers.prefix, issue });
  const changes = [{ path: "invoices", before: before && told(before), after: told(after) }];
  return {
    result: after,
    writes: [
      ...books.saveIssuer(before, after),
      books.log(chain, { type: "InvoiceIssuerSaved", node: { id, level, name }, changes }),
    ],
  };
}

export const handler = operation(contracts.putInvoiceIssuer, putInvoiceIssuer, stores);
