import styles from "./trend.module.css";

interface TrendProps {
  /** What is drawn, for those who hear it. */
  label: string;
  points: readonly { day: string; value: number }[];
  /** How amounts and days are written. */
  format: (value: number) => string;
  date: (day: string) => string;
}
const [width, height] = [300, 56];

/** A small curve from the lowest to the highest of some days, one after the other. Pointing at a day tells its figure. */
export function Trend({ label, points, format, date }: TrendProps) {
  const most = Math.max(1, ...points.map(({ value }) => value));
  const step = width / Math.max(1, points.length - 1);
  const at = points.map(({ value }, nth) => [nth * step, height - (value / most) * (height - 4)] as const);
  const line = at.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  return (
    <div className={styles.trend}>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <line className={styles.base} x1={0} x2={width} y1={height} y2={height} />
        <polygon className={styles.area} points={`0,${height} ${line} ${width},${height}`} />
        <polyline className={styles.line} points={line} />
        {points.map(({ day, value }, nth) => (
          <rect
            key={day}
            className={styles.day}
            x={Math.max(0, (nth - 0.5) * step)}
            y={0}
            width={nth === 0 || nth === points.length - 1 ? step / 2 : step}
            height={height}
          >
            <title>{`${date(day)}: ${format(value)}`}</title>
          </rect>
        ))}
      </svg>
    </div>
  );
}
