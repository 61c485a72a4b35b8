import { eInvoice } from "../../shared/invoices/e-invoice.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Answers an invoice as XML by EN 16931. Refuses where it lacks what that demands. */
export async function exportInvoiceXml({
  params,
  query,
  deps: { invoices },
}: Input<typeof contracts.exportInvoiceXml, typeof stores>) {
  return eInvoice(await invoices.printed(await invoices.load(params.id)), query.syntax);
}

export const handler = operation(contracts.exportInvoiceXml, exportInvoiceXml, stores);
