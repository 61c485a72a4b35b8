import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PrintedInvoice } from "../domain/billing/condense.ts";
import { DomainError } from "../domain/terms/errors.ts";
import { eInvoice } from "./e-invoice.ts";
import { invoicePdf } from "./pdf.ts";
import type { InvoiceFonts } from "./pdf-page.ts";
import { reportPdf } from "./report-pdf.ts";
import type { ReportSheet } from "./report-sheet.ts";

/** Fonts beside the function that makes files: they hold Latin, Greek and Cyrillic letters. */
const fontFiles = { regular: "DejaVuSansCondensed.ttf", bold: "DejaVuSansCondensed-Bold.ttf" } as const;

let fonts: Promise<InvoiceFonts> | undefined;
const loadFonts = async (folder: string): Promise<InvoiceFonts> => {
  const [regular, bold] = await Promise.all([
    readFile(join(folder, fontFiles.regular)),
    readFile(join(folder, fontFiles.bold)),
  ]);
  return { regular, bold };
};

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
  fonts ??= loadFonts(folder);
  return invoicePdf(invoice, await fonts, await embedded(invoice));
}

/** The PDF file of an invoice report. @param on the day that it has in its metadata @param folder where the fonts are */
export async function reportFile(sheet: ReportSheet, on: string, folder: string): Promise<Uint8Array> {
  fonts ??= loadFonts(folder);
  return reportPdf(sheet, on, await fonts);
}
