import { presentInvoice } from "../../shared/store/billing/heads.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Answers an invoice without its lines. */
export async function getInvoice({
  params,
  caller,
  deps: { invoices },
}: Input<typeof contracts.getInvoice, typeof stores>) {
  return presentInvoice(await invoices.load(params.id), caller);
}

export const handler = operation(contracts.getInvoice, getInvoice, stores);
