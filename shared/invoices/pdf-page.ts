import PDFDocument from "pdfkit";

/*
 * Pages of PDF files: how they are begun, and how texts, figures and rules are put on them.
 */

/** TrueType fonts with the letters of all names that may occur. */
export interface InvoiceFonts {
  regular: Uint8Array;
  bold: Uint8Array;
}

export const ink = "#1f1f1f";
export const quiet = "#595959";
const rule = "#d9d9d9";
const size = 9;
export const small = 8;

/** A4, in points. */
export const page = { width: 595.28, height: 841.89, left: 56, right: 56, top: 56, bottom: 64 };
export const inner = page.width - page.left - page.right;
export const floor = page.height - page.bottom;

export type Doc = InstanceType<typeof PDFDocument>;

/** What is put into a file beside its pages. */
interface Options {
  title: string;
  language: string;
  /** The day that the file's metadata have: nothing in it is of the moment, so that the same content makes the same bytes. */
  on: Date;
  fonts: InvoiceFonts;
}

/**
 * Begins a PDF/A-3b file.
 * @returns the document, and its bytes, which come once it has ended
 */
export function beginPdf({ title, language, on, fonts }: Options): { doc: Doc; bytes: Promise<Uint8Array> } {
  const doc = new PDFDocument({
    size: [page.width, page.height],
    margins: { left: page.left, right: page.right, top: page.top, bottom: 0 },
    bufferPages: true,
    pdfVersion: "1.7",
    subset: "PDF/A-3b",
    lang: language,
    // Without a font of its own: pdfkit would read that one anew each time that it is chosen by name.
    font: "",
    info: { Title: title, Producer: "Tenantry", Creator: "Tenantry", CreationDate: on, ModDate: on },
  });
  doc.registerFont("regular", fonts.regular).registerFont("bold", fonts.bold);
  return { doc, bytes: collected(doc) };
}

function collected(doc: Doc): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    doc.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    doc.on("end", () => resolve(Buffer.concat(chunks)));
    doc.on("error", reject);
  });
}

export interface Style {
  bold?: boolean;
  size?: number;
  color?: string;
}
const styled = (doc: Doc, { bold = false, size: points = size, color = ink }: Style): Doc =>
  doc
    .font(bold ? "bold" : "regular")
    .fontSize(points)
    .fillColor(color);

export interface Box {
  x: number;
  y: number;
  width: number;
  align?: "left" | "right";
}
/** Writes a text into a box. @returns where it ends */
export function write(doc: Doc, text: string, { x, y, width, align = "left" }: Box, style: Style = {}): number {
  if (text === "") return y;
  styled(doc, style).text(text, x, y, { width, align });
  return doc.y;
}
export const heightOf = (doc: Doc, text: string, width: number, style: Style = {}): number =>
  text === "" ? 0 : styled(doc, style).heightOfString(text, { width });

/** Writes a figure to the right of a box, in smaller letters where it is too wide: a number that goes on in the next line would be misread. */
export function writeFigure(doc: Doc, text: string, box: Omit<Box, "align">, style: Style = {}): number {
  const { size: points = size } = style;
  const fits = Math.min(1, box.width / styled(doc, style).widthOfString(text));
  const shrunk = Math.floor(points * fits * 100) / 100;
  return write(doc, text, { ...box, y: box.y + (points - shrunk), align: "right" }, { ...style, size: shrunk });
}

export const line = (doc: Doc, y: number, color = rule, width = 0.5): void => {
  doc
    .moveTo(page.left, y)
    .lineTo(page.width - page.right, y)
    .lineWidth(width)
    .strokeColor(color)
    .stroke();
};

/** Writes a footer and its number on every page. */
export function writeFooters(doc: Doc, footer: string, number: (page: number, of: number) => string): void {
  const { count } = doc.bufferedPageRange();
  for (let at = 0; at < count; at += 1) {
    doc.switchToPage(at);
    const y = page.height - 40;
    line(doc, y - 6);
    const style = { size: 7, color: quiet };
    styled(doc, style).text(footer, page.left, y, { width: inner - 100, height: 20, ellipsis: true });
    write(doc, number(at + 1, count), { x: page.width - page.right - 90, y, width: 90, align: "right" }, style);
  }
}
