import { type Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import { customerKey, type Key } from "../table/keys.ts";
import type { Database } from "../table/database.ts";
import type { Item } from "../table/units.ts";
import type { Condition } from "../table/writes.ts";

/** Where a customer stands, as somebody remembered it: it may have been moved since. */
export interface Hint {
  customerId: string;
  /** Ids above it, from the parent to the provider. */
  ancestors: readonly string[];
  /** The item that remembers this, in its attribute `ancestors`: it is mended too. */
  source?: Key;
}

const parse = (item: Item | undefined): CustomerRecord | undefined =>
  item === undefined ? undefined : CustomerRecord.parse(item);
// A hierarchy has six levels; more steps would mean that it bites its own tail.
const maxSteps = 6;

/**
 * A customer and everything above it, nearest first; null where it, or anything above it, does not exist.
 * One round trip for the customer (none where it was prefetched) and one for all of its hint; where an ancestor was moved, one more for what that
 * says of its new place. What is true is returned, and hints that are out of date begin to be mended; see `hintsMended`.
 */
export async function readChain(db: Database, id: string, hint?: Hint): Promise<Chain | null> {
  if (hint) db.prefetch([hint.customerId, ...hint.ancestors].map(customerKey));
  const node = parse(await db.get(customerKey(id)));
  if (!node) return null;
  db.prefetch(node.ancestors.map(customerKey));
  const foreseen = new Set([...node.ancestors, ...(hint ? [hint.customerId, ...hint.ancestors] : [])]);
  const mend = mender(db, [
    { key: customerKey(node.id), known: node.ancestors, when: { attribute: "parentId", is: node.parentId } },
    ...(hint?.source ? [{ key: hint.source, known: hint.ancestors, when: { exists: true } as const }] : []),
  ]);
  const chain: [CustomerRecord, ...CustomerRecord[]] = [node];
  let last = node;
  while (last.parentId !== null) {
    if (chain.length > maxSteps) throw new Error(`The ancestors of ${id} form a circle.`);
    if (!foreseen.has(last.parentId)) {
      // It was moved, and says itself where it stands now: that is read, and written into the hints, at once.
      db.prefetch(last.ancestors.map(customerKey));
      for (const above of last.ancestors) foreseen.add(above);
      mend([...idsAbove(chain), ...last.ancestors]);
    }
    const parent = parse(await db.get(customerKey(last.parentId)));
    if (!parent) return null;
    chain.push(parent);
    last = parent;
  }
  mend(idsAbove(chain));
  return chain;
}

const idsAbove = (chain: Chain): string[] => chain.slice(1).map(({ id }) => id);

/** Hints that are being mended beside whatever is done with what was read. */
const underWay = new Set<Promise<unknown>>();

/** Resolves once no hint is being mended any more. Whoever answers awaits it: a function is stopped with what it has under way. */
export async function hintsMended(): Promise<void> {
  while (underWay.size > 0) await Promise.all(underWay);
}

/** An item with a hint, what that says, and on which condition it is written. */
interface Hinting {
  key: Key;
  known: readonly string[];
  when: Condition;
}

/**
 * What writes ancestors into items whose hints say something else. Where that does not succeed (the item is just being changed, the table is busy)
 * what was read is right all the same, and the next reader tries again.
 */
function mender(db: Database, items: readonly Hinting[]): (truth: readonly string[]) => void {
  const states = items.map((item): Hinting & { before: Promise<void> | null } => ({ ...item, before: null }));
  return (truth) => {
    for (const state of states) {
      const { key, known, when, before } = state;
      if (truth.length === known.length && truth.every((id, step) => id === known[step])) continue;
      const write = async (): Promise<void> => {
        try {
          await db.update({ kind: "update", key, set: { ancestors: [...truth] }, add: {}, when: [when] });
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
        }
      };
      // The first one begins at once; a second must not be overtaken by it.
      const mending = before ? before.then(write) : write();
      Object.assign(state, { known: truth, before: mending });
      underWay.add(mending);
      const over = (): void => void underWay.delete(mending);
      mending.then(over, over);
    }
  };
}

/** Begins to write the true ancestors of a chain into an item whose hint is out of date; see `hintsMended`. */
export const healHint = (db: Database, key: Key, known: readonly string[], chain: Chain, when: Condition): void =>
  mender(db, [{ key, known, when }])(idsAbove(chain));
