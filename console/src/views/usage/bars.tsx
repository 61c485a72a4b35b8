import styles from "./usage.module.css";

interface BarsProps {
  label: string;
  bars: readonly { name: string; value: number; most: number; title: string }[];
}

/** Bars side by side: what it was in the mean, and a mark at the most. The table below says the same in figures. */
export function Bars({ label, bars }: BarsProps) {
  // As many names as there is room for, the last one among them.
  const every = Math.ceil(bars.length / 13);
  const highest = Math.max(1, ...bars.map(({ most }) => most));
  return (
    <div className={styles.bars} role="img" aria-label={label}>
      {bars.map(({ name, value, most, title }, nth) => (
        <div key={title} className={styles.column} title={title}>
          <div className={styles.space}>
            <div className={styles.most} style={{ height: `${(most / highest) * 100}%` }} />
            <div className={styles.bar} style={{ height: `${(value / highest) * 100}%` }} />
          </div>
          <span className={styles.name}>{(bars.length - 1 - nth) % every === 0 ? name : ""}</span>
        </div>
      ))}
    </div>
  );
}
