import { pMapIterable } from "p-map";
import { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { allowedUnder } from "../../domain/terms/levels.ts";
import { type LinkPage, readLinks } from "../hierarchy/lists/link-pages.ts";
import type { Database } from "../table/database.ts";
import { customerKey } from "../table/keys.ts";
import type { Item } from "../table/units.ts";

/*
 * Reads a whole branch, however large, in memory that does not grow with it: page by page, each page in a view of the table of its own, since a view
 * remembers what it has read.
 */

/** Children that are read at once, and customers whose own things are read side by side. */
const pageSize = 100;
const sideBySide = 16;

/** A customer of a branch, with what was read of it. */
export interface Visit<T> {
  item: Item;
  record: CustomerRecord;
  /** Steps below the top. */
  depth: number;
  own: T;
}

const linksAfter = (open: () => Database, parentId: string, after?: string): Promise<LinkPage> =>
  readLinks(open(), parentId, { by: "name" }, "", after, pageSize);

/** The children of one customer that are really there, page by page, in name order. */
async function* childPages(open: () => Database, parentId: string, first: LinkPage): AsyncGenerator<Item[]> {
  for (let page = first; ;) {
    const items = await open().getAll(page.links.map(({ id }) => customerKey(id)));
    yield items.flatMap((item) => (item?.["parentId"] === parentId ? [item] : []));
    const last = page.links.at(-1);
    if (!page.more || !last) return;
    page = await linksAfter(open, parentId, last.sk);
  }
}

async function* below<T>(
  open: () => Database,
  parentId: string,
  first: LinkPage,
  depth: number,
  read: (record: CustomerRecord) => Promise<T>,
): AsyncGenerator<Visit<T>> {
  const visit = async (item: Item) => {
    const record = CustomerRecord.parse(item);
    const hasChildren = allowedUnder(record.level).length > 0;
    const [own, links] = await Promise.all([read(record), hasChildren ? linksAfter(open, record.id) : null]);
    return { visit: { item, record, depth, own }, links };
  };
  for await (const page of childPages(open, parentId, first))
    for await (const { visit: one, links } of pMapIterable(page, visit, { concurrency: sideBySide })) {
      yield one;
      if (links && links.links.length > 0) yield* below(open, one.record.id, links, depth + 1, read);
    }
}

/**
 * All customers of a branch in depth-first name order, the top first; deleted ones are left out.
 * @param read what of each customer is to be read along, several side by side
 */
export async function* branchOf<T>(
  open: () => Database,
  top: Item,
  read: (record: CustomerRecord) => Promise<T>,
): AsyncGenerator<Visit<T>> {
  const record = CustomerRecord.parse(top);
  yield { item: top, record, depth: 0, own: await read(record) };
  if (allowedUnder(record.level).length > 0) yield* below(open, record.id, await linksAfter(open, record.id), 1, read);
}
