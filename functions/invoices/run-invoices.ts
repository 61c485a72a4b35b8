import { periodOfMonth } from "../../shared/domain/billing/run.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { booksStore } from "../../shared/store/billing/books.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore, books: booksStore };

/** Orders the invoices of a month. Refuses months that are not over, and payers that are not invoiced. */
export async function runInvoices({
  body,
  deps: { invoices, books },
}: Input<typeof contracts.runInvoices, typeof stores>) {
  const { month, payerId = null } = body;
  const [chain, config] = await Promise.all([books.own(true), payerId === null ? null : books.config(payerId)]);
  if (periodOfMonth(month).to > invoices.closedUntil())
    throw refuse("period_open", "month", `${month} is not over yet, or its last days are not in every ledger.`);
  if (payerId !== null && !config?.enabled)
    throw refuse("not_applicable", "payerId", "Your customer does not invoice this one.");
  const { id, level, name } = chain[0];
  const changes = [{ path: "month", before: null, after: month }];
  return {
    result: { month, payerId },
    writes: [
      ...(await invoices.order(month, payerId)),
      invoices.log(chain, { type: "InvoiceRunOrdered", node: { id, level, name }, changes }),
    ],
  };
}

export const handler = operation(contracts.runInvoices, runInvoices, stores);
