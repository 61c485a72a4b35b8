import { reportHtml } from "../../shared/invoices/report.ts";
import { reportSheet } from "../../shared/invoices/report-sheet.ts";
import { filterOf } from "./filter.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Answers what invoices come to, and the invoices, as a page to print. */
export async function exportInvoiceReport({
  query,
  deps: { invoices },
}: Input<typeof contracts.exportInvoiceReport, typeof stores>) {
  const { language = "en", ...rest } = query;
  return reportHtml(reportSheet(await invoices.all(filterOf(rest)), rest, language));
}

export const handler = operation(contracts.exportInvoiceReport, exportInvoiceReport, stores);
