import { fontsIn } from "../../shared/invoices/fonts.ts";
import { reportPdf } from "../../shared/invoices/report-pdf.ts";
import { reportSheet } from "../../shared/invoices/report-sheet.ts";
import { filterOf } from "./filter.ts";
import { codeFolder } from "../../shared/http/text.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { invoiceStore } from "../../shared/store/billing/invoices.ts";
import { invoices as contracts } from "./contract.ts";

const stores = { invoices: invoiceStore };

/** Answers what invoices come to, and the invoices, as a PDF file. */
export async function exportInvoiceReportPdf({
  query,
  deps: { invoices },
}: Input<typeof contracts.exportInvoiceReportPdf, typeof stores>) {
  const { language = "en", ...rest } = query;
  const sheet = reportSheet(await invoices.all(filterOf(rest)), rest, language);
  return Buffer.from(await reportPdf(sheet, `${rest.to}-01`, await fontsIn(codeFolder()))).toString("base64");
}

export const handler = operation(contracts.exportInvoiceReportPdf, exportInvoiceReportPdf, stores);
