import type { Part } from "./parts.ts";

/** One run of a part. */
export interface Turn {
  part: string;
  seconds: number;
  passed: number;
  failed: number;
  seed: number | undefined;
}

/**
 * Whose turn it is: of the parts that have begun least often while one has not begun yet, the first; afterwards the one that has had the least
 * time, counting a turn under way as long as those before it.
 * @param begun how often each has begun
 * @param once no part begins twice
 */
export function nextPart(
  parts: readonly Part[],
  begun: ReadonlyMap<string, number>,
  turns: readonly Turn[],
  once: boolean,
): Part | undefined {
  const fresh = parts.find(({ name }) => !begun.has(name));
  if (fresh || once) return fresh;
  const timeOf = ({ name }: Part): number => {
    const own = turns.filter(({ part }) => part === name);
    const sum = own.reduce((total, { seconds }) => total + seconds, 0);
    // One that has not ended once yet has had more than any other.
    return own.length === 0 ? Infinity : (sum / own.length) * (begun.get(name) ?? 0);
  };
  return parts.toSorted((one, other) => timeOf(one) - timeOf(other))[0];
}

/** A table of what ran, how often and how big; its last line counts the tests. */
export function summaryOf(parts: readonly Part[], turns: readonly Turn[]): string[] {
  const lines = parts.map((part) => {
    const own = turns.filter((turn) => turn.part === part.name);
    const seconds = Math.round(own.reduce((total, turn) => total + turn.seconds, 0));
    const failed = own.filter((turn) => turn.failed > 0).length;
    const size = Object.entries(part.size).map(([name, value]) => `${name}=${value}`);
    const outcome = own.length === 0 ? "not reached" : failed > 0 ? `${failed} FAILED` : "passed";
    return `${part.name.padEnd(22)}${`${own.length}`.padStart(5)}${`${seconds} s`.padStart(9)}  ${outcome.padEnd(12)} ${size.join(" ")}`;
  });
  const sum = (key: "passed" | "failed"): number => turns.reduce((total, turn) => total + turn[key], 0);
  return [
    `${"part".padEnd(22)}${"runs".padStart(5)}${"time".padStart(9)}  ${"outcome".padEnd(12)} size`,
    ...lines,
    "",
    `${sum("passed")} passed, ${sum("failed")} failed`,
  ];
}
