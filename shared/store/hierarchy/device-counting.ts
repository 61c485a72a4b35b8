import pMap from "p-map";
import { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import { allowedUnder } from "../../domain/terms/levels.ts";
import type { Database } from "../table/database.ts";
import { customerKey, linkPrefix } from "../table/keys.ts";
import { persist } from "../table/persist.ts";
import { Stale, type Update } from "../table/writes.ts";
import { readChain } from "./chain.ts";
import { Link } from "./links.ts";
import type { WorkContext } from "./scope.ts";

/*
 * A customer that gets a limit of devices must know how many there are below it, exactly, also while devices are being added there. First it
 * is marked as one that counts: whoever adds devices or creates customers below it from then on sees that, and counts up to it. Then the
 * counts of all customers below that were not counted above are added up, level by level from below, each in one transaction with its mark.
 * The mark is what a device that was being added meanwhile fails on: it is added anew, and counted. When nothing is left to mark, the
 * customer's count is exact, and stays so; only then is its limit set.
 */

/** Customers that are looked at side by side, and children of one transaction, which may have a hundred parts. */
const sideBySide = 16;
const atOnce = 80;
const pageSize = 500;
/** How long one request counts; what it has marked is marked, and the next one goes on. Milliseconds. */
const turnMs = 10_000;

/** Links to the customers directly below one, deleted ones among them. */
async function linksBelow(db: Database, id: string): Promise<Link[]> {
  const all = async (prefix: string): Promise<Link[]> => {
    const found: Link[] = [];
    for (let after: string | undefined; ;) {
      const { items, last } = await db.query({ pk: id, prefix, after, limit: pageSize });
      found.push(...items.map((item) => Link.parse(item)));
      if (last === undefined) return found;
      after = last.sk;
    }
  };
  const pages = await Promise.all([all(linkPrefix({ by: "name" })), all(linkPrefix({ by: "deleted" }))]);
  return [...new Map(pages.flat().map((link) => [link.id, link])).values()];
}
/** The customers directly below one, deleted ones among them. */
export const childrenOf = async (db: Database, id: string): Promise<string[]> =>
  (await linksBelow(db, id)).map((link) => link.id);

/** One turn of counting. */
interface Work {
  context: WorkContext;
  until: number;
}
/** A child of a customer, as long as it is one and is not counted above. */
const unmarked = (parentId: string, items: readonly (object | undefined)[]): CustomerRecord[] =>
  items
    .flatMap((item) => (item ? [CustomerRecord.parse(item)] : []))
    .filter((child) => child.parentId === parentId && child.devicesCountedAbove === null);

/** A customer and, as a hint, the ids above it. */
interface Place {
  id: string;
  ancestors: readonly string[];
}

/** Marks children of a customer as counted above, and counts what they have there, and wherever the customer itself is counted. */
const markChildren = ({ context }: Work, { id, ancestors }: Place, children: readonly string[]): Promise<number> =>
  persist(context.random, async () => {
    const db = context.db.fresh();
    db.prefetch([id, ...ancestors, ...children].map(customerKey));
    const [chain, items] = await Promise.all([readChain(db, id), db.getAll(children.map(customerKey))]);
    const marked = unmarked(id, items);
    if (!chain || marked.length === 0) return 0;
    // What is deleted has given back what it had, and is counted when it is restored.
    const devices = marked
      .filter(({ deletedAt }) => deletedAt === null)
      .reduce((sum, { deviceDrawn }) => sum + deviceDrawn, 0);
    const last = chain.findIndex(({ devicesCountedAbove }) => devicesCountedAbove === null);
    const above = devices === 0 ? [] : chain.slice(0, last + 1);
    await db.commit([
      ...marked.map((child): Update => ({
        kind: "update",
        key: customerKey(child.id),
        set: { devicesCountedAbove: true },
        add: {},
        when: [
          { attribute: "devicesCountedAbove", is: null },
          { attribute: "deviceDrawn", counts: child.deviceDrawn },
          { attribute: "parentId", is: id },
          { attribute: "deletedAt", is: child.deletedAt },
        ],
      })),
      ...above.map((node): Update => ({
        kind: "update",
        key: customerKey(node.id),
        set: {},
        add: { deviceDrawn: devices, deviceFree: -devices },
        when: [
          { attribute: "devicesCountedAbove", is: node.devicesCountedAbove },
          { attribute: "parentId", is: node.parentId },
          { attribute: "deletedAt", is: node.deletedAt },
        ],
      })),
    ]);
    return marked.length;
  });

/** Marks everything below a customer. @returns how many customers that were @throws DomainError unavailable where the turn ended first */
async function markBelow(work: Work, place: Place): Promise<number> {
  const { context, until } = work;
  const { id, ancestors } = place;
  if (context.now() >= until)
    throw new DomainError("unavailable", "The devices below are still being counted; send the request again.", [], 1);
  const children = await linksBelow(context.db.fresh(), id);
  const parents = children.filter(({ level }) => allowedUnder(level).length > 0);
  const goOn = (child: Link): Promise<number> => markBelow(work, { id: child.id, ancestors: [id, ...ancestors] });
  const below = await pMap(parents, goOn, { concurrency: sideBySide });
  let marked = below.reduce((sum, one) => sum + one, 0);
  const ids = children.map((child) => child.id);
  for (let start = 0; start < ids.length; start += atOnce)
    marked += await markChildren(work, place, ids.slice(start, start + atOnce));
  return marked;
}

/**
 * Counts the devices below a customer, for a limit that it is about to get. What was counted stays counted, whatever becomes of the limit.
 * @returns its record as it stands then @throws DomainError unavailable where there is too much for one request; the next one goes on
 */
export async function countBelow(context: WorkContext, before: CustomerRecord): Promise<CustomerRecord> {
  const work: Work = { context, until: context.now() + turnMs };
  const { id } = before;
  const begun = await context.db.fresh().update({
    kind: "update",
    key: customerKey(id),
    set: { devicesCounted: true },
    add: {},
    when: [{ attribute: "version", is: before.version }],
  });
  if (!begun) throw new Stale("The customer has changed.");
  // A customer that was renamed, or restored, while it was passed may have been missed: the last pass finds nothing to do.
  for (let left = allowedUnder(before.level).length; left > 0;) left = await markBelow(work, before);
  const item = await context.db.fresh().get(customerKey(id));
  if (!item) throw new Stale("The customer is not there any more.");
  return CustomerRecord.parse(item);
}
