import type { ReactNode } from "react";
import styles from "./overview.module.css";

interface CardProps {
  title: string;
  size: "wide" | "side" | "full";
  /** At the right of the title. */
  more?: ReactNode;
  children: ReactNode;
}

/** A part of the overview with a title. */
export function Card({ title, size, more, children }: CardProps) {
  return (
    <section className={`${styles.card} ${styles[size]}`} aria-label={title}>
      <div className={styles.head}>
        <h2>{title}</h2>
        {more}
      </div>
      {children}
    </section>
  );
}
