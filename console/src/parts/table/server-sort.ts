import { type Column, type Sort, sortColumn } from "./column.ts";

/** The order to ask the service for, where it sorts by the chosen column; undefined: its own order. */
export function serverSort<Row, Name extends string>(
  columns: readonly Column<Row>[],
  sort: Sort | undefined,
): Name | undefined {
  const column = columns.find(({ id }) => id === sortColumn(sort));
  return typeof column?.sort === "object" ? (column.sort.server as Name) : undefined;
}
