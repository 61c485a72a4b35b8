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
 * One round trip for the customer (none where it was prefetched) and one for all of its hint; where an ancestor was moved, one
 * more for each step that the hint does not know. What is true is returned, and the customer's hint is mended.
 */
export async function readChain(db: Database, id: string, hint?: Hint): Promise<Chain | null> {
  if (hint) db.prefetch([hint.customerId, ...hint.ancestors].map(customerKey));
  const node = parse(await db.get(customerKey(id)));
  if (!node) return null;
  db.prefetch(node.ancestors.map(customerKey));
  const chain: [CustomerRecord, ...CustomerRecord[]] = [node];
  let last = node;
  while (last.parentId !== null) {
    if (chain.length > maxSteps) throw new Error(`The ancestors of ${id} form a circle.`);
    const parent = parse(await db.get(customerKey(last.parentId)));
    if (!parent) return null;
    chain.push(parent);
    last = parent;
  }
  await Promise.all([
    healHint(db, customerKey(node.id), node.ancestors, chain, { attribute: "parentId", is: node.parentId }),
    hint?.source && healHint(db, hint.source, hint.ancestors, chain, { exists: true }),
  ]);
  return chain;
}

/**
 * Writes the true ancestors of a chain into an item whose hint is out of date. Where that does not succeed (the item is just being changed, the
 * table is busy) what was read is right all the same, and the next reader tries again.
 */
export async function healHint(
  db: Database,
  key: Key,
  known: readonly string[],
  chain: Chain,
  when: Condition,
): Promise<void> {
  const truth = chain.slice(1).map(({ id }) => id);
  if (truth.length === known.length && truth.every((id, step) => id === known[step])) return;
  try {
    await db.update({ kind: "update", key, set: { ancestors: truth }, add: {}, when: [when] });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
}
