import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import styles from "./page.module.css";

/** A view that scrolls as a whole: forms, details. Tables scroll by themselves and need none. */
export function Page({ narrow = false, children }: { narrow?: boolean; children: ReactNode }) {
  return (
    <div className={styles.page}>
      <div className={`${styles.inner} ${narrow ? styles.narrow : ""}`}>{children}</div>
    </div>
  );
}

/** Two columns: what is worked at, and what is good to know. One below the other where there is no room. */
export function Columns({ main, side }: { main: ReactNode; side: ReactNode }) {
  return (
    <div className={styles.columns}>
      <div className={styles.column}>{main}</div>
      <div className={styles.column}>{side}</div>
    </div>
  );
}

interface SectionProps {
  title: string;
  description?: ReactNode;
  /** Buttons at the right of the title. */
  actions?: ReactNode;
  children?: ReactNode;
}

/** A part of a page under a title of its own. */
export function Section({ title, description, actions, children }: SectionProps) {
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.sectionHead}>
        <div>
          <h2>{title}</h2>
          {description !== undefined && <p>{description}</p>}
        </div>
        {actions}
      </div>
      <div className={styles.sectionBody}>{children}</div>
    </section>
  );
}

/** Fields of a form side by side, as many as there is room for. */
export const Fields = ({ children }: { children: ReactNode }) => <div className={styles.fields}>{children}</div>;
/** A field that takes the whole width. */
export const Wide = ({ children }: { children: ReactNode }) => <div className={styles.wide}>{children}</div>;

/** Facts about one thing: a name and a value each. Those without a value are left out. */
export function Facts({ items }: { items: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {items.map(([label, value]) =>
        value === null || value === undefined || value === "" ? null : (
          <FactRow key={label} label={label}>
            {value}
          </FactRow>
        ),
      )}
    </dl>
  );
}
const FactRow = ({ label, children }: { label: string; children: ReactNode }) => (
  <>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </>
);

const icons = { calm: IconInfoCircle, warn: IconAlertTriangle, good: IconCircleCheck, bad: IconCircleX };

/** A remark beside what it is about. */
export function Note({ tone = "calm", children }: { tone?: keyof typeof icons; children: ReactNode }) {
  const Icon = icons[tone];
  return (
    <div className={`${styles.note} ${tone === "calm" ? "" : styles[tone]}`}>
      <Icon size={16} aria-hidden />
      <div className={styles.noteBody}>{children}</div>
    </div>
  );
}

/** Stays at the bottom of a page while there are changes to save. */
export function SaveBar({ text, children }: { text: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.saveBar} role="group" aria-label={typeof text === "string" ? text : undefined}>
      <span className={styles.saveText}>{text}</span>
      {children}
    </div>
  );
}
