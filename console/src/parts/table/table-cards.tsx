import styles from "./data-table.module.css";
import { type BodyProps, Tick } from "./table-grid.tsx";

/** A table where there is no room for columns: each row is two lines, the first column and what the others have in brief. */
export function TableCards<Row>({ label, columns, rows, rowId, hasMore, items, height, ticks }: BodyProps<Row>) {
  const [first, ...others] = columns;
  const brief = others.filter((column) => column.brief === true);
  const shown = brief.length > 0 ? brief : others.slice(0, 2);
  return (
    <ul className={styles.cards} style={{ height }} aria-label={label}>
      {items.map(({ index, start, key }) => {
        const row = rows[index] as Row;
        return (
          <li
            key={key}
            className={styles.card}
            data-row={rowId(row)}
            aria-posinset={index + 1}
            aria-setsize={hasMore ? -1 : rows.length}
            style={{ transform: `translateY(${start}px)` }}
          >
            {ticks && <Tick ticks={ticks} row={row} />}
            <div className={styles.cardText}>
              <div className={styles.cardName}>{first?.cell(row)}</div>
              <div className={styles.cardFacts}>
                {shown.map((column) => (
                  <div key={column.id} title={column.header}>
                    <span className="visually-hidden">{column.header}: </span>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
