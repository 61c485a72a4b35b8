/** A value of a cell. Numbers are whole and written as digits, so that they mean the same in every locale. */
export type Cell = string | number | boolean | null;

/** What a spreadsheet would take for a formula, also behind white space, and what looks like one that was made text. */
const formula = /^'*[\s\u00a0]*[=+\-@\t\r|%]/u;

/** A cell as RFC 4180 writes it. What a spreadsheet would calculate is made text by an apostrophe. */
function written(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const text = formula.test(cell) ? `'${cell}` : cell;
  return /[",\r\n']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One record of a CSV file, with its line end. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(written).join(",")}\r\n`;

/** The text of a cell that may have been made text by an apostrophe. */
export const unguarded = (cell: string): string => (cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell);

/** What a CSV file begins with, so that a spreadsheet reads it as UTF-8. */
export const byteOrderMark = "\ufeff";
