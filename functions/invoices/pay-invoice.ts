import { payInvoice as paid } from "../../shared/domain/billing/invoice.ts";
import { latestDay } from "../../shared/domain/billing/run.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { invoiceNode } from "../../shared/store/billing/issuing.ts";
import { presentInvoice } from "../../shared/store/billing/heads.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Marks an invoice as paid. */
export async function payInvoice({
  params,
  body,
  caller,
  deps: { invoices },
}: Input<typeof contracts.payInvoice, typeof stores>) {
  const { invoice: before, chain } = await invoices.loadForChange(params.id);
  if (body.paidOn > latestDay(invoices.now())) throw refuse("invalid_time", "paidOn", "That day has not come yet.");
  const updatedAt = new Date(invoices.now()).toISOString();
  const after = { ...paid(before, body.paidOn), version: before.version + 1, updatedAt };
  const changes = [{ path: "status", before: before.status, after: after.status }];
  return {
    result: presentInvoice(after, caller),
    writes: [
      ...invoices.save(before, after),
      invoices.log(chain, { type: "InvoicePaid", node: invoiceNode(after), changes }),
    ],
  };
}

export const handler = operation(contracts.payInvoice, payInvoice, stores);
