import { place } from "./items.ts";
import type { Condition, Write } from "./writes.ts";

const isEmpty = (set: object): boolean => Object.keys(set).length === 0;

/** A condition as it has to be once counters have been added to. @returns null where it cannot be said so */
function after(condition: Condition, added: Readonly<Record<string, number>>): Condition | null {
  if (!("attribute" in condition)) return "exists" in condition ? condition : null;
  const { attribute } = condition;
  const delta = Object.hasOwn(added, attribute) ? (added[attribute] ?? 0) : 0;
  if (delta === 0) return condition;
  if ("atLeast" in condition) return { attribute, atLeast: condition.atLeast - delta };
  return "atMost" in condition ? { attribute, atMost: condition.atMost - delta } : null;
}

/** Two writes of one item as one, as if they were made one after the other; null where that is not the same. */
function joined(first: Write, second: Write): Write | null {
  if (first.kind !== "update" && first.kind !== "check") return null;
  if (second.kind !== "update" && second.kind !== "check") return null;
  if (first.kind === "update" && !isEmpty(first.set)) return null;
  if (second.kind === "update" && !isEmpty(second.set)) return null;
  const when: Condition[] = [];
  for (const condition of second.when) {
    const later = after(condition, first.kind === "update" ? first.add : {});
    if (!later) return null;
    when.push(later);
  }
  return { ...second, when };
}

/**
 * The writes of a change, such that they can be made in one transaction with those of changes that were worked out from the same state. What both add
 * to one counter is added up, and the room that each needs too.
 * @returns null where the second needs to see what the first has done
 */
export function following(earlier: readonly Write[], later: readonly Write[]): Write[] | null {
  const byPlace = Map.groupBy(earlier, ({ key }) => place(key));
  const writes: Write[] = [];
  for (const write of later) {
    let current: Write | null = write;
    for (const before of byPlace.get(place(write.key)) ?? []) current = current && joined(before, current);
    if (!current) return null;
    writes.push(current);
  }
  return writes;
}
