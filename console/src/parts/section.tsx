import type { ReactNode } from "react";
import styles from "./section.module.css";

interface SectionProps {
  title: string;
  /** What it is for. */
  hint?: ReactNode;
  /** Buttons beside the heading. */
  actions?: ReactNode;
  /** Inside of a panel: without a frame of its own. */
  plain?: boolean;
  children?: ReactNode;
}

/** A part of a page with a heading. */
export function Section({ title, hint, actions, plain = false, children }: SectionProps) {
  return (
    <section className={plain ? styles.plain : styles.section} aria-label={title}>
      <header className={styles.head}>
        <div>
          <h2>{title}</h2>
          {hint !== undefined && <p>{hint}</p>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </section>
  );
}
