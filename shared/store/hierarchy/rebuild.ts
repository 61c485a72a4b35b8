import { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { allowedUnder } from "../../domain/terms/levels.ts";
import type { Database } from "../table/database.ts";
import { customerKey, type Key, linkPrefixes } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { type Check, Contended, Stale, type Write } from "../table/writes.ts";
import { linksOf } from "./links.ts";

/** What a look at the links under one customer has found, and done. */
export interface RebuiltChildren {
  /** Links that stand under it. */
  links: number;
  /** Links that should stand, and do not as they should, and links that should not. */
  outdated: number;
  /** How many of those have been put right; none on a dry run. */
  rebuilt: number;
  /** Children that did not cease to be changed: their links may still be outdated. */
  busy: string[];
  /** Children that may have children of their own. */
  parents: string[];
}

const pageSize = 500;
/** Children that are worked on side by side. */
const aside = 8;
const attempts = 6;

/** The sort keys of all links under a customer, by the child that they lead to. */
async function linksUnder(db: Database, parentId: string): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  const view = async (prefix: string): Promise<void> => {
    for (let after: string | undefined, more = true; more;) {
      const { items, last } = await db.query({ pk: parentId, prefix, after, limit: pageSize });
      for (const { kind, id, sk } of items) {
        if (kind !== "link") continue;
        const keys = found.get(String(id)) ?? new Set();
        found.set(String(id), keys.add(String(sk)));
      }
      after = last?.sk;
      more = last !== undefined;
    }
  };
  await Promise.all(linkPrefixes.map(view));
  return found;
}

const same = (item: Item | undefined, wanted: Item): boolean =>
  item !== undefined && Object.entries(wanted).every(([name, value]) => item[name] === value);

/**
 * The writes that bring the links to one child to what its record says. They hold as long as the record is as it was read: its links never
 * change without its version, and go and come in one transaction, so that a list shows the child once.
 * @param seen sort keys that links to the child were found at
 */
async function changesFor(
  db: Database,
  parent: CustomerRecord,
  id: string,
  seen: ReadonlySet<string>,
): Promise<{ record: CustomerRecord | null; writes: Write[] }> {
  const item = await db.get(customerKey(id));
  const record = item ? CustomerRecord.parse(item) : null;
  const links = record?.parentId === parent.id ? linksOf(record, parent.level) : [];
  const wanted = new Map(links.map(({ key, item: link }) => [key.sk, link]));
  const keys: Key[] = [...new Set([...seen, ...wanted.keys()])].map((sk) => ({ pk: parent.id, sk }));
  const standing = await db.getAll(keys);
  const writes = keys.flatMap((key, index): Write[] => {
    const link = wanted.get(key.sk);
    if (link === undefined) return standing[index] ? [{ kind: "delete", key, when: [] }] : [];
    return same(standing[index], link) ? [] : [{ kind: "put", key, item: { ...link, ...key }, when: [] }];
  });
  const still: Check = {
    kind: "check",
    key: customerKey(id),
    when: record ? [{ attribute: "version", is: record.version }] : [{ exists: false }],
  };
  return { record, writes: writes.length === 0 ? [] : [still, ...writes] };
}

/**
 * Brings the links under one customer to the keys and contents that they have today, child by child; nothing is written on a dry run. May be
 * run again at any time, and from the beginning: what is right already costs reads only.
 */
export async function rebuildChildren(
  open: () => Database,
  parentId: string,
  dryRun: boolean,
): Promise<RebuiltChildren> {
  const result: RebuiltChildren = { links: 0, outdated: 0, rebuilt: 0, busy: [], parents: [] };
  const db = open();
  const item = await db.get(customerKey(parentId));
  if (!item) return result;
  const parent = CustomerRecord.parse(item);
  const children = [...(await linksUnder(db, parentId))];
  const rebuild = async ([id, seen]: [string, Set<string>]): Promise<void> => {
    result.links += seen.size;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const fresh = open();
      const { record, writes } = await changesFor(fresh, parent, id, seen);
      const outdated = Math.max(0, writes.length - 1);
      try {
        if (!dryRun && outdated > 0) await fresh.commit(writes);
      } catch (error) {
        if (error instanceof Stale || error instanceof Contended) continue;
        throw error;
      }
      result.outdated += outdated;
      if (!dryRun) result.rebuilt += outdated;
      if (record?.parentId === parentId && allowedUnder(record.level).length > 0) result.parents.push(id);
      return;
    }
    result.busy.push(id);
    result.parents.push(id);
  };
  for (let start = 0; start < children.length; start += aside)
    await Promise.all(children.slice(start, start + aside).map(rebuild));
  return result;
}
