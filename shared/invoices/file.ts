import type { PrintedInvoice } from "../domain/billing/condense.ts";
import { DomainError } from "../domain/terms/errors.ts";
import { eInvoice } from "./e-invoice.ts";
import { fontsIn } from "./fonts.ts";
import { invoicePdf } from "./pdf.ts";

/** The invoice as programs read it; null where it lacks what EN 16931 demands, such as a VAT id: people can read it all the same. */
async function embedded(invoice: PrintedInvoice): Promise<string | null> {
  try {
    return await eInvoice(invoice, "CII");
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

/**
 * The PDF file of an invoice: a Factur-X invoice where it has what EN 16931 demands. The same invoice makes the same bytes.
 * @param folder where the fonts are
 */
export async function invoiceFile(invoice: PrintedInvoice, folder: string): Promise<Uint8Array> {
  return invoicePdf(invoice, await fontsIn(folder), await embedded(invoice));
}
