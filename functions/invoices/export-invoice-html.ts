import { invoiceHtml } from "../../shared/invoices/html.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Answers an invoice as a page. */
export async function exportInvoiceHtml({
  params,
  deps: { invoices },
}: Input<typeof contracts.exportInvoiceHtml, typeof stores>) {
  return invoiceHtml(await invoices.printed(await invoices.load(params.id)));
}

export const handler = operation(contracts.exportInvoiceHtml, exportInvoiceHtml, stores);
