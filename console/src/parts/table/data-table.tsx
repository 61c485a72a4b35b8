import { useMediaQuery } from "@mantine/hooks";
import { type ReactNode, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../states.tsx";
import { type Column, isDescending, type Sort, sortColumn, sorted } from "./column.ts";
import styles from "./data-table.module.css";
import { type Selection, ticksOf } from "./selection.ts";
import { TableTools } from "./table-tools.tsx";
import { useColumns } from "./use-columns.ts";
import type { List } from "./use-list.ts";
import { VirtualRows } from "./virtual-rows.tsx";

interface DataTableProps<Row> {
  /** Names the table where the choice of its columns is kept, and its CSV. */
  id: string;
  /** What the table holds, for those who hear it. */
  label: string;
  columns: readonly Column<Row>[];
  list: List<Row>;
  rowId: (row: Row) => string;
  /** From the address, and back into it. */
  sort?: Sort | undefined;
  onSort?: (sort: Sort | undefined) => void;
  /** Controls that narrow the list, above it. */
  filters?: ReactNode;
  /** Filters are set, so that an empty list is no wonder. */
  filtered?: boolean;
  onClearFilters?: () => void;
  /** What stands there while there is nothing at all: an `Empty`. */
  empty: ReactNode;
  /** Rows can be ticked. */
  selection?: Selection<Row>;
}

/**
 * A table of any length: only the rows in sight are in the page, further ones are loaded when the end comes near. The reader chooses the columns,
 * sorts, and takes all rows along as CSV.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const {
    id,
    label,
    columns,
    list,
    rowId,
    sort,
    onSort,
    filters,
    filtered = false,
    onClearFilters,
    empty,
    selection,
  } = props;
  const { t, i18n } = useTranslation();
  const choice = useColumns(id, columns);
  const { shown } = choice;
  const narrow = useMediaQuery("(width < 640px)") ?? false;

  const sortedBy = columns.find((column) => column.id === sortColumn(sort));
  const sortsHere = sortedBy?.sort === "loaded";
  const { hasMore, loadMore, loadingMore } = list;
  // To sort what the service does not, all rows must be there.
  useEffect(() => {
    if (sortsHere && hasMore && !loadingMore) loadMore();
  }, [sortsHere, hasMore, loadingMore, loadMore]);
  const rows = useMemo(
    () => (sortsHere && sortedBy ? sorted(list.rows, sortedBy, isDescending(sort), i18n.language) : list.rows),
    [list.rows, sortsHere, sortedBy, sort, i18n.language],
  );

  const isEmpty = !list.loading && list.error === null && rows.length === 0 && !hasMore;

  return (
    <section className={styles.table} aria-label={label}>
      <div className={styles.bar}>
        <div className={styles.filters}>{filters}</div>
        <TableTools
          id={id}
          list={list}
          columns={columns}
          choice={choice}
          sorting={narrow ? { sort, onSort } : undefined}
        />
      </div>
      {list.error !== null && (
        <div className={styles.body}>
          <Problem error={list.error} onRetry={list.reload} />
        </div>
      )}
      {list.loading && (
        <div className={styles.scroll} aria-busy="true" role="status">
          <span className="visually-hidden">{t("parts.loading")}</span>
          {Array.from({ length: 8 }, (_, index) => (
            <div key={index} className={styles.skeleton} />
          ))}
        </div>
      )}
      {isEmpty && (filtered ? <NoMatch onClear={onClearFilters} /> : empty)}
      {!list.loading && !isEmpty && (
        <VirtualRows
          label={label}
          columns={shown}
          rows={rows}
          rowId={rowId}
          hasMore={hasMore}
          loadMore={loadMore}
          loadingMore={loadingMore}
          narrow={narrow}
          ticks={selection && ticksOf(selection, rows, rowId)}
          sort={sort}
          onSort={onSort}
        />
      )}
      <div className={styles.foot} role="status">
        {!list.loading && !isEmpty && (
          <span className="numbers">
            {sortsHere && hasMore
              ? t("parts.table.loadingAll", { count: rows.length })
              : t(hasMore ? "parts.table.rowsSoFar" : "parts.table.rows", { count: rows.length })}
          </span>
        )}
        {selection && selection.ids.size > 0 && <span>{t("parts.table.selected", { count: selection.ids.size })}</span>}
        {loadingMore && <span>{t("parts.loading")}</span>}
      </div>
    </section>
  );
}

function NoMatch({ onClear }: { onClear: (() => void) | undefined }) {
  const { t } = useTranslation();
  return (
    <div className={styles.body}>
      {t("parts.table.noMatch")}{" "}
      {onClear && (
        <button type="button" className={styles.sort} onClick={onClear}>
          <u>{t("parts.table.clearFilters")}</u>
        </button>
      )}
    </div>
  );
}
