import { DomainError } from "../../shared/domain/terms/errors.ts";
import { outboxStore } from "../../shared/store/mail/outbox.ts";
import { invoiceNode } from "../../shared/store/billing/issuing.ts";
import { presentInvoice } from "../../shared/store/billing/heads.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore, outbox: outboxStore };

/** Mails an invoice that was issued once more. */
export async function mailInvoice({
  params,
  caller,
  deps: { invoices, outbox },
}: Input<typeof contracts.mailInvoice, typeof stores>) {
  const { invoice, chain } = await invoices.loadForChange(params.id);
  if (invoice.status === "draft") throw new DomainError("invoice_state", "A draft cannot be mailed; issue it first.");
  outbox.checkMay(chain, null, "");
  return {
    result: presentInvoice(invoice, caller),
    writes: [
      invoices.mailAgain(invoice),
      invoices.log(chain, {
        type: "InvoiceMailed",
        node: invoiceNode(invoice),
        changes: [{ path: "recipient", before: null, after: invoice.recipient }],
      }),
    ],
  };
}

export const handler = operation(contracts.mailInvoice, mailInvoice, stores);
