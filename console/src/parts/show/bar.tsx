import { useTranslation } from "react-i18next";
import { useFormats } from "./formats.ts";
import styles from "./bar.module.css";

interface BarProps {
  used: number;
  /** null: there is no limit */
  limit: number | null;
  /** How amounts are written. */
  format: (value: number) => string;
  /** Something beyond what is used, such as what is allotted to others. */
  also?: number;
  /** From which share on it is almost used up. */
  near?: number;
  /** The limit stands elsewhere: only what is used is written. */
  brief?: boolean;
}

/** The share of a limit, and whether that is a matter of concern. */
function standing(used: number, limit: number, near: number): { part: number; state: "over" | "near" | "fine" } {
  const part = limit === 0 ? (used > 0 ? 1 : 0) : used / limit;
  const isOver = part > 1 || (limit === 0 && used > 0);
  return { part, state: isOver ? "over" : part >= near && used > 0 ? "near" : "fine" };
}

type TrackProps = Pick<BarProps, "used" | "also" | "near"> & { limit: number };

/** The bar alone, beside figures that say the same in words. */
export function Track({ used, limit, also = 0, near = 0.9 }: TrackProps) {
  const { part, state } = standing(used, limit, near);
  const fill = { over: styles.fillOver, near: styles.fillNear, fine: "" }[state];
  return (
    <div className={styles.track} aria-hidden>
      {also > 0 && limit > 0 && (
        <span className={styles.also} style={{ width: `${Math.min(100, (also / limit) * 100)}%` }} />
      )}
      {used > 0 && <span className={`${styles.fill} ${fill}`} style={{ width: `${Math.min(100, part * 100)}%` }} />}
    </div>
  );
}

/** An amount against its limit: words, share and a bar. */
export function Bar({ used, limit, format, also = 0, near = 0.9, brief = false }: BarProps) {
  const { t } = useTranslation();
  const { share } = useFormats();
  if (limit === null)
    return (
      <div className={styles.bar}>
        <div className={styles.text}>
          <span className="numbers">{brief ? format(used) : t("parts.bar.noLimit", { used: format(used) })}</span>
        </div>
      </div>
    );
  const { part, state } = standing(used, limit, near);
  const mark = { over: styles.over, near: styles.near, fine: styles.share }[state];
  return (
    <div className={styles.bar}>
      <div className={styles.text}>
        <span className="numbers">
          {brief ? format(used) : t("parts.bar.used", { used: format(used), limit: format(limit) })}
        </span>
        <span className={`numbers ${mark}`} title={state === "fine" ? undefined : t(`parts.bar.${state}`)}>
          {state !== "fine" && <span className="visually-hidden">{t(`parts.bar.${state}`)}: </span>}
          {share(part)}
        </span>
      </div>
      <Track used={used} limit={limit} also={also} near={near} />
    </div>
  );
}
