import { Checkbox } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../states.tsx";
import { type Column, isDescending, nextSort, type Sort, sortColumn, sorted } from "./column.ts";
import styles from "./data-table.module.css";
import { TableTools } from "./table-tools.tsx";
import { useColumns } from "./use-columns.ts";
import type { List } from "./use-list.ts";

const rowHeight = 44;

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
  selection?: { ids: ReadonlySet<string>; onChange: (ids: ReadonlySet<string>) => void; nameOf: (row: Row) => string };
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
  const scroller = useRef<HTMLDivElement>(null);

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

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => rowId(rows[index] as Row),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !loadingMore && rows.length > 0 && last >= rows.length - 20) loadMore();
  }, [last, rows.length, hasMore, loadingMore, loadMore]);

  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const width = shown.reduce((sum, column) => sum + column.width, selection ? 40 : 0);
  const columnCount = shown.length + (selection ? 1 : 0);
  const allTicked = selection !== undefined && rows.length > 0 && rows.every((row) => selection.ids.has(rowId(row)));
  const toggleAll = (): void => selection?.onChange(allTicked ? new Set() : new Set(rows.map(rowId)));
  const toggle = (row: Row): void => {
    if (!selection) return;
    const ids = new Set(selection.ids);
    if (!ids.delete(rowId(row))) ids.add(rowId(row));
    selection.onChange(ids);
  };
  const isEmpty = !list.loading && list.error === null && rows.length === 0 && !hasMore;

  return (
    <section className={styles.table} aria-label={label}>
      <div className={styles.bar}>
        <div className={styles.filters}>{filters}</div>
        <TableTools id={id} list={list} columns={columns} choice={choice} />
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
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles.scroll} ref={scroller} tabIndex={0} role="group" aria-label={label}>
          <table
            className={styles.grid}
            style={{ minWidth: width }}
            aria-label={label}
            aria-rowcount={hasMore ? -1 : rows.length + 1}
          >
            <colgroup>
              {selection && <col style={{ width: 40 }} />}
              {shown.map((column) => (
                <col key={column.id} style={column.grow ? undefined : { width: column.width }} />
              ))}
            </colgroup>
            <thead>
              <tr aria-rowindex={1}>
                {selection && (
                  <th className={`${styles.first} ${styles.tick}`} scope="col">
                    <Checkbox
                      size="xs"
                      checked={allTicked}
                      onChange={toggleAll}
                      aria-label={t("parts.table.selectAll")}
                    />
                  </th>
                )}
                {shown.map((column, index) => (
                  <Head
                    key={column.id}
                    column={column}
                    sticky={index === 0 && !selection}
                    sort={sort}
                    onSort={onSort}
                  />
                ))}
              </tr>
            </thead>
            <tbody>
              {before > 0 && <Spacer height={before} span={columnCount} />}
              {items.map(({ index, key }) => {
                const row = rows[index] as Row;
                const ticked = selection?.ids.has(rowId(row)) ?? false;
                return (
                  <tr key={key} data-row aria-rowindex={index + 2} aria-selected={selection ? ticked : undefined}>
                    {selection && (
                      <td className={`${styles.first} ${styles.tick}`}>
                        <Checkbox
                          size="xs"
                          checked={ticked}
                          onChange={() => toggle(row)}
                          aria-label={t("parts.table.selectRow", { name: selection.nameOf(row) })}
                        />
                      </td>
                    )}
                    {shown.map((column, at) => (
                      <td
                        key={column.id}
                        className={`${column.align === "right" ? styles.right : ""} ${at === 0 && !selection ? styles.first : ""}`}
                      >
                        {column.cell(row)}
                      </td>
                    ))}
                  </tr>
                );
              })}
              {after > 0 && <Spacer height={after} span={columnCount} />}
            </tbody>
          </table>
        </div>
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

const Spacer = ({ height, span }: { height: number; span: number }) => (
  <tr className={styles.spacer} aria-hidden>
    <td colSpan={span} style={{ height }} />
  </tr>
);

interface HeadProps<Row> {
  column: Column<Row>;
  sticky: boolean;
  sort: Sort | undefined;
  onSort: ((sort: Sort | undefined) => void) | undefined;
}

function Head<Row>({ column, sticky, sort, onSort }: HeadProps<Row>) {
  const { t } = useTranslation();
  const active = sortColumn(sort) === column.id;
  const className = `${column.align === "right" ? styles.right : ""} ${sticky ? styles.first : ""}`;
  const Arrow = isDescending(sort) ? IconArrowDown : IconArrowUp;
  if (column.sort === undefined || !onSort)
    return (
      <th scope="col" className={className}>
        {column.header}
      </th>
    );
  return (
    <th
      scope="col"
      className={className}
      aria-sort={active ? (isDescending(sort) ? "descending" : "ascending") : "none"}
    >
      <button
        type="button"
        className={styles.sort}
        title={t("parts.table.sortBy", { name: column.header })}
        onClick={() => onSort(nextSort(sort, column.id))}
      >
        {column.header}
        {active && <Arrow size={14} aria-hidden />}
      </button>
    </th>
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
