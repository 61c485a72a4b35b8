import { customerKey, totalsKey } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import type { Write } from "../table/writes.ts";
import { TotalsItem, totalsNames, watchLink, Totals } from "./roll-up.ts";

/*
 * What a parent knows of a child's totals, when the child leaves it or arrives. The stream may still hold changes of the child that name the
 * former parent: what stands in the place of the totals there tells that they come too late.
 */

/** Greater than every number of the stream: totals that are told after it come too late. */
const never = "9".repeat(60);
/** Less than every number of the stream. */
const first = "0";
/** The stream holds what was committed for a day. */
const keptMs = 7 * 86_400_000;

const nothing = Totals.parse({});
const knownIn = (item: Item | undefined) => (item === undefined ? null : TotalsItem.parse(item));
const asRead = (item: Item | undefined): Write["when"] => {
  const known = knownIn(item);
  return [known ? { attribute: "sequence", is: known.sequence } : { exists: false }];
};
const counted = (item: Item | undefined, sign: 1 | -1, names: readonly string[]): Record<string, number> => {
  const known = knownIn(item);
  if (!known) return {};
  return Object.fromEntries(
    totalsNames.filter((name) => names.includes(name) && known[name] !== 0).map((name) => [name, sign * known[name]]),
  );
};
const addTo = (parentId: string, counters: Record<string, number>): Write[] =>
  Object.keys(counters).length === 0
    ? []
    : [{ kind: "update", key: customerKey(parentId), set: {}, add: counters, when: [{ exists: true }] }];

/**
 * The writes that make a parent's counters do without a child that leaves, and take no late word of it.
 * @param item what the parent knows of the child, as it was read
 * @param names of the counters that the parent gives up
 */
export function totalsLeave(
  parentId: string,
  childId: string,
  item: Item | undefined,
  at: string,
  names: readonly string[] = totalsNames,
): Write[] {
  const key = totalsKey(parentId, childId);
  const expiresAt = Math.ceil((Date.parse(at) + keptMs) / 1000);
  return [
    { kind: "put", key, item: { ...key, kind: "totals", sequence: never, expiresAt }, when: asRead(item) },
    ...addTo(parentId, counted(item, -1, names)),
  ];
}

/**
 * The writes that move what a parent knows of a child to another parent. What the child's record says beyond that comes by the stream, which tells
 * of the move itself.
 * @param left what the old parent knows of the child, and `arrived` what the new one does (it may have had the child before), as they were read
 */
export function moveTotals(
  childId: string,
  from: { parentId: string; item: Item | undefined },
  to: { parentId: string; item: Item | undefined },
  at: string,
): Write[] {
  const known = knownIn(from.item);
  const { sequence, ...totals } = known ?? { ...nothing, sequence: first };
  const key = totalsKey(to.parentId, childId);
  return [
    ...totalsLeave(from.parentId, childId, from.item, at),
    ...watchLink(from.parentId, childId, totals, nothing),
    // Where neither side knows anything, the stream's word of the move is the first.
    ...(known || to.item
      ? [
          {
            kind: "put" as const,
            key,
            item: { ...key, kind: "totals", ...totals, sequence },
            when: asRead(to.item),
          },
        ]
      : []),
    ...watchLink(to.parentId, childId, nothing, totals),
    ...addTo(to.parentId, counted(from.item, 1, totalsNames)),
  ];
}
