import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import styles from "./data-table.module.css";
import { TableCards } from "./table-cards.tsx";
import { type BodyProps, TableGrid } from "./table-grid.tsx";

const rowHeight = 44;
const cardHeight = 68;

interface VirtualRowsProps<Row> extends Omit<BodyProps<Row>, "items" | "height"> {
  narrow: boolean;
  loadMore: () => void;
  loadingMore: boolean;
}

/** The part of a table that is scrolled. It alone is made anew while that happens, and of its rows only those that come in sight. */
export function VirtualRows<Row>({ narrow, loadMore, loadingMore, ...body }: VirtualRowsProps<Row>) {
  const { label, rows, rowId, hasMore } = body;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? cardHeight : rowHeight),
    overscan: 8,
    // Rows are made when there is time, and not in the middle of an event of scrolling.
    useFlushSync: false,
    getItemKey: (index) => rowId(rows[index] as Row),
  });
  useEffect(() => virtual.measure(), [narrow, virtual]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !loadingMore && rows.length > 0 && last >= rows.length - 20) loadMore();
  }, [last, rows.length, hasMore, loadingMore, loadMore]);
  const Body = narrow ? TableCards<Row> : TableGrid<Row>;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroll} ref={scroller} tabIndex={0} role="group" aria-label={label}>
      <Body {...body} items={items} height={virtual.getTotalSize()} />
    </div>
  );
}
