import type { PrintedInvoice } from "../domain/billing/condense.ts";
import { facturX } from "./factur-x.ts";
import {
  beginPdf,
  type Box,
  type Doc,
  floor,
  heightOf,
  ink,
  inner,
  type InvoiceFonts,
  line,
  page,
  quiet,
  small,
  write,
  writeFigure,
  writeFooters,
} from "./pdf-page.ts";
import { invoiceSheet, type InvoiceSheet, type SheetRow } from "./sheet.ts";

/** Columns of the table, from the left. */
const widths = { description: 209, quantity: 72, price: 82, days: 38, amount: 82 } as const;
type Column = keyof typeof widths;
const columns = Object.keys(widths) as Column[];
const gap = 6;
const left = (column: Column): number =>
  page.left + columns.slice(0, columns.indexOf(column)).reduce((sum, before) => sum + widths[before], 0);

/**
 * An invoice as a PDF/A-3b file. The same invoice makes the same bytes: its metadata have the day of issue, and nothing of the moment.
 * @param cii the same invoice as CII XML (`eInvoice`): embedded, it makes the file a Factur-X invoice; null: none
 */
export async function invoicePdf(
  invoice: PrintedInvoice,
  fonts: InvoiceFonts,
  cii: string | null = null,
): Promise<Uint8Array> {
  const sheet = invoiceSheet(invoice);
  const issued = new Date(`${invoice.issuedOn ?? invoice.period.to}T00:00:00Z`);
  const { title, language } = sheet;
  const { doc, bytes } = beginPdf({ title, language, on: issued, fonts });
  if (cii !== null) facturX(doc, cii, issued);
  writeHead(doc, sheet);
  writeTable(doc, sheet);
  writeTotals(doc, sheet);
  writeFooters(doc, sheet.footer, sheet.page);
  doc.end();
  return bytes;
}

function writeHead(doc: Doc, { seller, buyer, title, notice, facts }: InvoiceSheet): void {
  const half = inner / 2 - gap;
  const right: Box = { x: page.left + inner / 2 + gap, y: page.top, width: half, align: "right" };
  let y = page.top;
  for (const [at, text] of seller.entries())
    y = write(doc, text, { ...right, y }, { bold: at === 0, color: at === 0 ? ink : quiet });
  // Where the window of an envelope is.
  let below = Math.max(y + 12, 130);
  for (const text of buyer) below = write(doc, text, { x: page.left, y: below, width: half }, { size: 10 });
  below = Math.max(below, 200) + 24;
  below = write(doc, title, { x: page.left, y: below, width: inner }, { bold: true, size: 16 }) + 4;
  if (notice !== null)
    below = write(doc, notice, { x: page.left, y: below, width: inner }, { bold: true, color: "#8a3a00" }) + 4;
  for (const { label, value } of facts) {
    const box = { x: page.left, y: below, width: 110 };
    const ends = [
      write(doc, label, box, { color: quiet }),
      write(doc, value, label === "" ? { ...box, width: inner } : { ...box, x: page.left + 114, width: inner - 114 }),
    ];
    below = Math.max(...ends) + 1;
  }
  doc.y = below + 16;
}

function writeColumns(doc: Doc, sheet: InvoiceSheet, y: number): number {
  const style = { size: small, color: quiet };
  const ends = columns.map((column) =>
    write(
      doc,
      sheet.columns[column],
      {
        x: left(column),
        y,
        width: widths[column] - (column === "description" ? gap : 0),
        align: column === "description" ? "left" : "right",
      },
      style,
    ),
  );
  const end = Math.max(...ends) + 3;
  line(doc, end, ink, 1);
  return end + 4;
}

const nameStyle = { bold: true };
function writeTable(doc: Doc, sheet: InvoiceSheet): void {
  let y = writeColumns(doc, sheet, doc.y);
  const anew = (): void => {
    doc.addPage();
    y = writeColumns(doc, sheet, page.top);
  };
  for (const { customer, continued, rows } of sheet.groups) {
    const named = customer === null ? 0 : heightOf(doc, customer, inner, nameStyle) + 8;
    for (const [at, row] of rows.entries()) {
      const needed = rowHeight(doc, row) + (at === 0 ? named : 0);
      if (y + needed > floor) {
        anew();
        if (at > 0 && customer !== null) y = write(doc, continued, { x: page.left, y, width: inner }, nameStyle) + 4;
      }
      if (at === 0 && customer !== null)
        y = write(doc, customer, { x: page.left, y: y + 4, width: inner }, nameStyle) + 4;
      y = writeRow(doc, row, y);
    }
  }
  doc.y = y;
}

const described = widths.description - gap;
const rowHeight = (doc: Doc, { description, details }: SheetRow): number =>
  heightOf(doc, description, described) +
  details.reduce((sum, text) => sum + heightOf(doc, text, described, { size: small }), 0) +
  9;

function writeRow(doc: Doc, row: SheetRow, y: number): number {
  line(doc, y);
  const top = y + 4;
  let end = write(doc, row.description, { x: left("description"), y: top, width: described });
  for (const text of row.details)
    end = write(doc, text, { x: left("description"), y: end, width: described }, { size: small, color: quiet });
  const figures = (["quantity", "price", "days", "amount"] as const).map((column) =>
    writeFigure(doc, row[column], { x: left(column) + 2, y: top, width: widths[column] - 2 }),
  );
  return Math.max(end, ...figures) + 5;
}

/** The totals stand on one page with what is to be paid. */
function writeTotals(doc: Doc, { totals, reasons, payment }: InvoiceSheet): void {
  const labels = { x: page.left, width: inner - widths.amount - 40 };
  const amounts = { x: page.width - page.right - widths.amount - 34, width: widths.amount + 34 };
  const notes = [...reasons, ...payment];
  const needed =
    totals.reduce((sum, { label }) => sum + heightOf(doc, label, labels.width) + 8, 0) +
    notes.reduce((sum, text) => sum + heightOf(doc, text, inner) + 3, 0) +
    24;
  let { y } = doc;
  if (y + needed > floor) {
    doc.addPage();
    y = page.top;
  }
  line(doc, y);
  y += 8;
  for (const { label, value, strong } of totals) {
    if (strong) line(doc, y - 1, ink, 1);
    const style = strong ? { bold: true, size: 11 } : {};
    const top = strong ? y + 3 : y;
    const ends = [
      write(doc, label, { ...labels, y: top, align: "right" }, style),
      writeFigure(doc, value, { ...amounts, y: top }, style),
    ];
    y = Math.max(...ends) + 4;
  }
  y += 12;
  for (const text of notes) y = write(doc, text, { x: page.left, y, width: inner }) + 3;
}
