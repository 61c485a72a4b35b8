import type { ReactNode } from "react";
import styles from "./facts.module.css";

type Fact = readonly [name: string, value: ReactNode];

/** Names and what they are; what is null, or undefined, is left out. */
export function Facts({ facts }: { facts: readonly (Fact | null)[] }) {
  return (
    <dl className={styles.facts}>
      {facts
        .filter((fact): fact is Fact => fact !== null && fact[1] !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
