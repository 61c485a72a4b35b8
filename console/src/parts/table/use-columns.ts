import { useCallback, useMemo, useState } from "react";
import type { Column } from "./column.ts";

const keyOf = (table: string): string => `tenantry.columns.${table}`;

function read(table: string): string[] | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(table)) ?? "null");
    return Array.isArray(kept) && kept.every((id) => typeof id === "string") ? kept : null;
  } catch {
    return null;
  }
}

/** The columns of a table that its reader has chosen. The choice is kept on this machine. */
export function useColumns<Row>(table: string, columns: readonly Column<Row>[]) {
  const [chosen, setChosen] = useState(() => read(table));
  const isShown = useCallback(
    ({ id, hidden = false, fixed = false }: Column<Row>) =>
      fixed || id === columns[0]?.id || (chosen === null ? !hidden : chosen.includes(id)),
    [chosen, columns],
  );
  const keep = (ids: string[] | null): void => {
    setChosen(ids);
    if (ids === null) localStorage.removeItem(keyOf(table));
    else localStorage.setItem(keyOf(table), JSON.stringify(ids));
  };
  const shown = useMemo(() => columns.filter(isShown), [columns, isShown]);
  const toggle = (id: string): void =>
    keep(
      columns.filter((column) => (column.id === id ? !isShown(column) : isShown(column))).map((column) => column.id),
    );
  return { shown, isShown, toggle, reset: () => keep(null), isOwn: chosen !== null };
}
