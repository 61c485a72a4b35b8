import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./week-grid.module.css";

interface WeekGridProps {
  /** What the grid says, in words, for those who do not see it. */
  label: string;
  on: string;
  off: string;
  /** Whether an hour of a day (0 is Monday) is marked, wholly or in part. */
  isOn: (day: number, hour: number) => boolean;
  /** Hours that were drawn with the pointer. */
  onDraw?: (from: number, to: number) => void;
}

/** The hours of a week. With a pointer a span of hours can be drawn; there are fields beside it for the keyboard. */
export function WeekGrid({ label, on, off, isOn, onDraw }: WeekGridProps) {
  const { language } = useTranslation().i18n;
  const [drawn, setDrawn] = useState<{ day: number; from: number; to: number } | null>(null);
  const days = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" });
  const finish = (): void => {
    if (drawn && onDraw) onDraw(Math.min(drawn.from, drawn.to), Math.max(drawn.from, drawn.to) + 1);
    setDrawn(null);
  };
  const isPicked = (day: number, hour: number): boolean =>
    drawn?.day === day && hour >= Math.min(drawn.from, drawn.to) && hour <= Math.max(drawn.from, drawn.to);
  return (
    <div>
      <div
        className={styles.grid}
        role="img"
        aria-label={label}
        onPointerUp={finish}
        onPointerLeave={() => setDrawn(null)}
      >
        {Array.from({ length: 7 }, (_, day) => [
          <span key={`day ${day}`} className={styles.day}>
            {days.format(new Date(Date.UTC(2024, 0, 1 + day)))}
          </span>,
          ...Array.from({ length: 24 }, (_unused, hour) => (
            <span
              key={`${day} ${hour}`}
              className={`${styles.cell} ${isOn(day, hour) ? styles.on : ""} ${isPicked(day, hour) ? styles.picked : ""}`}
              onPointerDown={() => onDraw && setDrawn({ day, from: hour, to: hour })}
              onPointerEnter={() =>
                setDrawn((before) => (before && before.day === day ? { ...before, to: hour } : before))
              }
            />
          )),
        ])}
        <span />
        {[0, 6, 12, 18].map((hour) => (
          <span key={hour} className={styles.hour}>
            {String(hour).padStart(2, "0")}:00
          </span>
        ))}
      </div>
      <div className={styles.legend} aria-hidden>
        <span>
          <i className={`${styles.swatch} ${styles.swatchOn}`} /> {on}
        </span>
        <span>
          <i className={styles.swatch} /> {off}
        </span>
      </div>
    </div>
  );
}
