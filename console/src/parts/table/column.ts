import type { ReactNode } from "react";

/** A column of a table. */
export interface Column<Row> {
  id: string;
  header: string;
  /** Pixels; what is left over goes to the columns that grow. */
  width: number;
  grow?: boolean;
  align?: "left" | "right";
  cell: (row: Row) => ReactNode;
  /** The value as the CSV has it, and as rows are sorted by it: numbers as numbers, times in ISO 8601. */
  value: (row: Row) => string | number | boolean | null;
  /** How to sort by it: the service does (by this name), or the table does once it has loaded all rows. Default: not at all. */
  sort?: "loaded" | { server: string };
  /** It is chosen only by those who want it. */
  hidden?: boolean;
  /** Where there is no room for columns, it stands below the first one. */
  brief?: boolean;
  /** It cannot be left out; the first column never can. */
  fixed?: boolean;
}

/** A sort order as addresses hold it: `name`, `-name` for the other way round. */
export type Sort = string;

export const sortColumn = (sort: Sort | undefined): string | undefined => sort?.replace(/^-/, "");
export const isDescending = (sort: Sort | undefined): boolean => sort?.startsWith("-") === true;

/** What a click on a column's head makes of the order: up, then down, then as at first. */
export function nextSort(current: Sort | undefined, id: string): Sort | undefined {
  if (sortColumn(current) !== id) return id;
  return isDescending(current) ? undefined : `-${id}`;
}

/** Sorts rows by a column; empty values come last, whichever way round. */
export function sorted<Row>(rows: readonly Row[], column: Column<Row>, descending: boolean, language: string): Row[] {
  const collator = new Intl.Collator(language, { numeric: true, sensitivity: "base" });
  const way = descending ? -1 : 1;
  return [...rows].sort((left, right) => {
    const [one, other] = [column.value(left), column.value(right)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    if (typeof one === "string" && typeof other === "string") return way * collator.compare(one, other);
    return way * (Number(one) - Number(other));
  });
}
