import { presentInvoice } from "../../shared/store/billing/heads.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Issues a draft under the seller's next number. */
export async function issueInvoice({
  params,
  caller,
  deps: { invoices },
}: Input<typeof contracts.issueInvoice, typeof stores>) {
  const { invoice, chain } = await invoices.loadForChange(params.id);
  const { issued, writes } = await invoices.issue(invoice, chain);
  return { result: presentInvoice(issued, caller), writes };
}

export const handler = operation(contracts.issueInvoice, issueInvoice, stores);
