import { presentInvoice } from "../../shared/store/billing/heads.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Makes an invoice void by a credit note. */
export async function voidInvoice({
  params,
  body,
  caller,
  deps: { invoices },
}: Input<typeof contracts.voidInvoice, typeof stores>) {
  const { invoice: before, chain } = await invoices.loadForChange(params.id);
  const { voided, creditNote, writes } = await invoices.makeVoid(before, chain, body.reason);
  return {
    result: { invoice: presentInvoice(voided, caller), creditNote: presentInvoice(creditNote, caller) },
    writes,
  };
}

export const handler = operation(contracts.voidInvoice, voidInvoice, stores);
