import truncate from "cli-truncate";
import stringWidth from "string-width";

/** A column of a table. */
export interface Column<Item> {
  title: string;
  value: (item: Item) => string;
  /** Figures stand to the right. */
  right?: boolean;
  /** May be cut where the terminal is too narrow. Ids are never cut, since people copy them. */
  cut?: boolean;
}

const gap = "  ";
/** No column is cut to less than this. */
const narrowest = 8;

/** The widths of columns that together fit into a line, as far as the columns that may be cut allow. */
function fit(widths: readonly number[], mayCut: readonly boolean[], line: number): number[] {
  const fitted = [...widths];
  const total = (): number => fitted.reduce((sum, width) => sum + width, gap.length * (fitted.length - 1));
  while (total() > line) {
    const candidates = fitted.filter((width, nth) => mayCut[nth] === true && width > narrowest);
    if (candidates.length === 0) return fitted;
    const widest = fitted.findIndex((width, nth) => mayCut[nth] === true && width === Math.max(...candidates));
    fitted[widest] = (fitted[widest] ?? 0) - 1;
  }
  return fitted;
}

/**
 * A table with aligned columns and no lines. What comes from customers loses its control characters, so that nobody's name moves the cursor.
 * @param line width of the terminal; undefined: nothing is cut
 * @param bold how the titles are written
 */
export function table<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  { line = Number.POSITIVE_INFINITY, bold = (text: string): string => text } = {},
): string {
  const rows = [
    columns.map(({ title }) => title.toUpperCase()),
    ...items.map((item) => columns.map(({ value }) => value(item).replaceAll(/\p{Cc}+/gu, " "))),
  ];
  const natural = columns.map((_, nth) => Math.max(...rows.map((row) => stringWidth(row[nth] ?? ""))));
  const widths = fit(
    natural,
    columns.map(({ cut }) => cut === true),
    line,
  );
  const lines = rows.map((row) =>
    row
      .map((cell, nth) => {
        const width = widths[nth] ?? 0;
        const shown = stringWidth(cell) > width ? truncate(cell, width) : cell;
        const space = " ".repeat(Math.max(0, width - stringWidth(shown)));
        return columns[nth]?.right === true ? space + shown : shown + space;
      })
      .join(gap)
      .trimEnd(),
  );
  return [bold(lines[0] ?? ""), ...lines.slice(1)].map((text) => `${text}\n`).join("");
}
