import {
  beginPdf,
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
import type { ReportSheet, ReportTable } from "./report-sheet.ts";

const gap = 6;
const headStyle = { size: small, color: quiet };
const rowStyle = { size: small };
const headingStyle = { bold: true, size: 11 };

/** Widths of the columns. Names (null) get what figures, numbers and days leave. */
const layouts: Readonly<Record<number, readonly (number | null)[]>> = {
  5: [null, 44, 80, 80, 80],
  6: [null, 100, 40, 76, 76, 76],
  7: [86, 42, null, 50, 64, 68, 68],
};
function widthsOf({ columns }: ReportTable): number[] {
  const layout = layouts[columns.length] ?? columns.map(() => inner / columns.length);
  const rest = inner - layout.reduce<number>((sum, width) => sum + (width ?? 0), 0);
  return layout.map((width) => width ?? rest);
}

/**
 * An invoice report as a PDF/A-3b file. The same invoices make the same bytes.
 * @param on the last day that it is about: the day that the file's metadata have
 */
export async function reportPdf(sheet: ReportSheet, on: string, fonts: InvoiceFonts): Promise<Uint8Array> {
  const { title, language, none, tables } = sheet;
  const { doc, bytes } = beginPdf({ title, language, on: new Date(`${on}T00:00:00Z`), fonts });
  doc.y = write(doc, title, { x: page.left, y: page.top, width: inner }, { bold: true, size: 16 }) + 6;
  if (none !== null) write(doc, none, { x: page.left, y: doc.y, width: inner });
  for (const table of tables) writeTable(doc, table);
  writeFooters(doc, title, sheet.page);
  doc.end();
  return bytes;
}

function writeTable(doc: Doc, table: ReportTable): void {
  const { heading, columns, figures, rows } = table;
  const widths = widthsOf(table);
  const isFigure = (at: number): boolean => at >= columns.length - figures;
  const lefts = widths.map((_, at) => page.left + widths.slice(0, at).reduce((sum, width) => sum + width, 0));
  const box = (at: number, y: number) => ({
    x: lefts[at] ?? page.left,
    y,
    width: (widths[at] ?? 0) - (at === widths.length - 1 ? 0 : gap),
  });
  const heads = (y: number): number => {
    const ends = columns.map((text, at) =>
      write(doc, text, { ...box(at, y), align: isFigure(at) ? "right" : "left" }, headStyle),
    );
    const end = Math.max(...ends) + 3;
    line(doc, end, ink, 1);
    return end + 1;
  };
  const rowHeight = (row: readonly string[]): number =>
    Math.max(...row.map((text, at) => (isFigure(at) ? 0 : heightOf(doc, text, box(at, 0).width, rowStyle))), 10) + 6;

  let y = doc.y + 16;
  // A heading stands on one page with its first row.
  if (y + 40 + rowHeight(rows[0] ?? []) > floor) {
    doc.addPage();
    y = page.top;
  }
  y = heads(write(doc, heading, { x: page.left, y, width: inner }, headingStyle) + 4);
  for (const row of rows) {
    if (y + rowHeight(row) > floor) {
      doc.addPage();
      y = heads(page.top);
    }
    const ends = row.map((text, at) =>
      isFigure(at) ? writeFigure(doc, text, box(at, y + 3), rowStyle) : write(doc, text, box(at, y + 3), rowStyle),
    );
    y = Math.max(...ends) + 3;
    line(doc, y);
  }
  doc.y = y;
}
