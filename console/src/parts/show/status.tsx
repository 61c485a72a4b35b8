import { IconAlertTriangle, IconCircleCheck, IconCircleMinus, IconCircleX, type TablerIcon } from "@tabler/icons-react";
import styles from "./status.module.css";

export type Tone = "good" | "warn" | "bad" | "calm";
const icons: Record<Tone, TablerIcon> = {
  good: IconCircleCheck,
  warn: IconAlertTriangle,
  bad: IconCircleX,
  calm: IconCircleMinus,
};

/** A state as an icon and a word; never the colour alone. */
export function Status({ tone, label, icon }: { tone: Tone; label: string; icon?: TablerIcon }) {
  const Icon = icon ?? icons[tone];
  return (
    <span className={`${styles.status} ${styles[tone]}`} title={label}>
      <Icon size={14} stroke={2} aria-hidden />
      <span>{label}</span>
    </span>
  );
}
