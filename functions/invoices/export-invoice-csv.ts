import { byteOrderMark } from "../../shared/domain/reports/csv.ts";
import { invoiceCsv } from "../../shared/invoices/csv.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Answers an invoice as a file for a spreadsheet. */
export async function exportInvoiceCsv({
  params,
  deps: { invoices },
}: Input<typeof contracts.exportInvoiceCsv, typeof stores>) {
  return byteOrderMark + [...invoiceCsv(await invoices.whole(await invoices.load(params.id)))].join("");
}

export const handler = operation(contracts.exportInvoiceCsv, exportInvoiceCsv, stores);
