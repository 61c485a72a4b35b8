import { reportOf } from "../../shared/domain/billing/invoice-report.ts";
import { filterOf } from "./filter.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Answers what invoices come to: in all, by payer, and by month. */
export async function getInvoiceTotals({
  query,
  deps: { invoices },
}: Input<typeof contracts.getInvoiceTotals, typeof stores>) {
  return reportOf(await invoices.all(filterOf(query)));
}

export const handler = operation(contracts.getInvoiceTotals, getInvoiceTotals, stores);
