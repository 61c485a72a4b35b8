import { invoiceListCsv } from "../../shared/domain/billing/invoice-report.ts";
import { filterOf } from "./filter.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Answers invoices as a file for a spreadsheet. */
export async function exportInvoices({
  query,
  deps: { invoices },
}: Input<typeof contracts.exportInvoices, typeof stores>) {
  return invoiceListCsv(await invoices.all(filterOf(query)));
}

export const handler = operation(contracts.exportInvoices, exportInvoices, stores);
