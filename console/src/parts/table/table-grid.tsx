import { Checkbox } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import type { VirtualItem } from "@tanstack/react-virtual";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, isDescending, nextSort, type Sort, sortColumn } from "./column.ts";
import styles from "./data-table.module.css";
import type { Ticks } from "./selection.ts";

/** What both forms of a table are made from. */
export interface BodyProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  hasMore: boolean;
  /** The rows in sight, and the height of all. */
  items: readonly VirtualItem[];
  height: number;
  ticks: Ticks<Row> | undefined;
  sort: Sort | undefined;
  onSort: ((sort: Sort | undefined) => void) | undefined;
}

const tickWidth = 40;

/** A table in columns. Rows out of sight are two empty ones, as high as they would be. */
export function TableGrid<Row>(props: BodyProps<Row>) {
  const { label, columns, rows, rowId, hasMore, items, height, ticks, sort, onSort } = props;
  const { t } = useTranslation();
  const before = items[0]?.start ?? 0;
  const after = height - (items.at(-1)?.end ?? 0);
  const span = columns.length + (ticks ? 1 : 0);
  const minWidth = columns.reduce((sum, column) => sum + column.width, ticks ? tickWidth : 0);
  return (
    <table
      className={styles.grid}
      style={{ minWidth }}
      aria-label={label}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
    >
      <colgroup>
        {ticks && <col style={{ width: tickWidth }} />}
        {columns.map((column) => (
          <col key={column.id} style={column.grow ? undefined : { width: column.width }} />
        ))}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {ticks && (
            <th className={`${styles.first} ${styles.tick}`} scope="col">
              <Checkbox
                size="xs"
                checked={ticks.all}
                onChange={ticks.toggleAll}
                aria-label={t("parts.table.selectAll")}
              />
            </th>
          )}
          {columns.map((column, index) => (
            <Head key={column.id} column={column} sticky={index === 0 && !ticks} sort={sort} onSort={onSort} />
          ))}
        </tr>
      </thead>
      <tbody>
        {before > 0 && <Spacer height={before} span={span} />}
        {items.map(({ index, key }) => {
          const row = rows[index] as Row;
          return (
            <GridRow
              key={key}
              id={rowId(row)}
              row={row}
              index={index}
              columns={columns}
              ticks={ticks}
              ticked={ticks?.isTicked(row)}
            />
          );
        })}
        {after > 0 && <Spacer height={after} span={span} />}
      </tbody>
    </table>
  );
}

interface GridRowProps<Row> {
  id: string;
  row: Row;
  index: number;
  columns: readonly Column<Row>[];
  ticks: Ticks<Row> | undefined;
  ticked: boolean | undefined;
}

function PlainGridRow<Row>({ id, row, index, columns, ticks, ticked }: GridRowProps<Row>) {
  return (
    <tr data-row={id} aria-rowindex={index + 2} aria-selected={ticked}>
      {ticks && (
        <td className={`${styles.first} ${styles.tick}`}>
          <Tick ticks={ticks} row={row} />
        </td>
      )}
      {columns.map((column, at) => (
        <td
          key={column.id}
          className={`${column.align === "right" ? styles.right : ""} ${at === 0 && !ticks ? styles.first : ""}`}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}
/** A row is made anew only when something of it has changed, not while the table is scrolled. */
const GridRow = memo(PlainGridRow) as typeof PlainGridRow;

/** The tick of a row. */
export function Tick<Row>({ ticks, row }: { ticks: Ticks<Row>; row: Row }) {
  const { t } = useTranslation();
  return (
    <Checkbox
      size="xs"
      checked={ticks.isTicked(row)}
      onChange={() => ticks.toggle(row)}
      aria-label={t("parts.table.selectRow", { name: ticks.nameOf(row) })}
    />
  );
}

const Spacer = ({ height, span }: { height: number; span: number }) => (
  <tr className={styles.spacer} aria-hidden>
    <td colSpan={span} style={{ height }} />
  </tr>
);

interface HeadProps<Row> extends Pick<BodyProps<Row>, "sort" | "onSort"> {
  column: Column<Row>;
  sticky: boolean;
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
