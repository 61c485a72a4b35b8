/** Rows of a table that are ticked. */
export interface Selection<Row> {
  ids: ReadonlySet<string>;
  onChange: (ids: ReadonlySet<string>) => void;
  /** What a row is called, for those who hear it. */
  nameOf: (row: Row) => string;
}

/** The ticks of a table: of each row, and of all that are loaded. */
export interface Ticks<Row> {
  isTicked: (row: Row) => boolean;
  toggle: (row: Row) => void;
  nameOf: (row: Row) => string;
  all: boolean;
  toggleAll: () => void;
}

export function ticksOf<Row>(
  { ids, onChange, nameOf }: Selection<Row>,
  rows: readonly Row[],
  rowId: (row: Row) => string,
): Ticks<Row> {
  const all = rows.length > 0 && rows.every((row) => ids.has(rowId(row)));
  return {
    isTicked: (row) => ids.has(rowId(row)),
    nameOf,
    all,
    toggleAll: () => onChange(all ? new Set() : new Set(rows.map(rowId))),
    toggle(row) {
      const next = new Set(ids);
      if (!next.delete(rowId(row))) next.add(rowId(row));
      onChange(next);
    },
  };
}
