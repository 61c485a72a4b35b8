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
  /** Is left out where the terminal is too narrow. */
  extra?: boolean;
}

const gap = "  ";
/** No column is cut to less than this. */
const narrowest = 8;
/** A name that is cut to less tells little: rather, columns that are extra go. */
const readable = 20;

const widthOf = (cells: readonly string[]): number =>
  cells.reduce((widest, cell) => Math.max(widest, stringWidth(cell)), 0);
const sum = (widths: readonly number[]): number =>
  widths.reduce((total, width) => total + width, gap.length * (widths.length - 1));

/** The widths of columns that together fit into a line, as far as the columns that may be cut allow. */
function fit(widths: readonly number[], mayCut: readonly boolean[], line: number): number[] {
  const fitted = [...widths];
  while (sum(fitted) > line) {
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
  const all = columns.map((column) => {
    const cells = items.map((item) => column.value(item).replaceAll(/\p{Cc}+/gu, " "));
    const texts = [column.title.toUpperCase(), ...cells];
    return { ...column, texts, width: widthOf(texts) };
  });
  const needed = (): number => sum(all.map(({ cut, width }) => (cut ? Math.min(width, readable) : width)));
  for (const extra of all.filter((column) => column.extra).toReversed())
    if (needed() > line) all.splice(all.indexOf(extra), 1);
  const widths = fit(
    all.map(({ width }) => width),
    all.map(({ cut }) => cut === true),
    line,
  );
  const lines = [-1, ...items.keys()].map((nth) =>
    all
      .map(({ texts, right }, column) => {
        const [cell = "", width = 0] = [texts[nth + 1], widths[column]];
        const shown = stringWidth(cell) > width ? truncate(cell, width) : cell;
        const space = " ".repeat(Math.max(0, width - stringWidth(shown)));
        return right ? space + shown : shown + space;
      })
      .join(gap)
      .trimEnd(),
  );
  return [bold(lines[0] ?? ""), ...lines.slice(1)].map((text) => `${text}\n`).join("");
}
