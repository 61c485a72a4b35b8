import { invoiceFile } from "../../shared/invoices/file.ts";
import { codeFolder } from "../../shared/http/text.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Answers an invoice as a PDF file: the one that was sent, or one of what stands there now. */
export async function exportInvoicePdf({
  params,
  deps: { invoices },
}: Input<typeof contracts.exportInvoicePdf, typeof stores>) {
  const invoice = await invoices.load(params.id);
  const sent = await invoices.file(invoice);
  const file = sent ?? (await invoiceFile(await invoices.printed(invoice), codeFolder()));
  return Buffer.from(file).toString("base64");
}

export const handler = operation(contracts.exportInvoicePdf, exportInvoicePdf, stores);
