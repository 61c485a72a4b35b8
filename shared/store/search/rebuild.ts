import { SearchKind } from "../../domain/search/words.ts";
import type { Database } from "../table/database.ts";
import {
  accountPrefix,
  devicePrefix,
  filedKey,
  findPartition,
  type Key,
  linkedChild,
  linkPrefix,
} from "../table/keys.ts";
import { place } from "../table/items.ts";
import { entriesOf, readFiled } from "./entries.ts";
import { difference } from "./filing.ts";
import { present } from "./present.ts";

const pageSize = 100;

/** The pages of a range of a partition. */
async function* pagesOf(open: () => Database, pk: string, prefix?: string) {
  for (let after: string | undefined, more = true; more;) {
    const { items, last } = await open().query({ pk, ...(prefix !== undefined && { prefix }), after, limit: pageSize });
    yield items;
    after = last?.sk;
    more = last !== undefined;
  }
}

/** The ids of the customers directly below one, deleted ones too. */
export async function childrenOf(open: () => Database, parentId: string): Promise<string[]> {
  const found = new Set<string>();
  for (const view of ["name", "deleted"] as const)
    for await (const items of pagesOf(open, parentId, linkPrefix({ by: view })))
      for (const { sk } of items) found.add(linkedChild(String(sk)));
  return [...found];
}

/** What stands at a customer and can be found: itself, its accounts and its devices, page by page. */
export async function* thingsAt(open: () => Database, customerId: string): AsyncGenerator<string[]> {
  yield [customerId];
  for (const prefix of [accountPrefix, devicePrefix()])
    for await (const items of pagesOf(open, customerId, prefix)) yield items.map(({ id }) => String(id));
}

/** How many entries of a thing are not as they should be: those that are missing or say something else, and those that are to go. */
export async function amissOf(db: Database, id: string): Promise<number> {
  const [filed, wanted] = [readFiled(await db.get(filedKey(id))), await present(db, id)];
  const { deletes } = difference(id, filed, wanted, true);
  const should = wanted ? [...entriesOf(id, wanted).values()] : [];
  const [standing, going] = await Promise.all([db.getAll(should.map(({ key }) => key)), db.getAll(deletes)]);
  const told = (item: object): string => JSON.stringify(Object.entries(item).toSorted());
  const wrong = should.filter(({ item }, at) => {
    const there = standing[at];
    return there === undefined || told(there) !== told(item);
  });
  // Somebody died at it, or remembers something else than there is.
  const stale = filed && wanted && difference(id, filed, wanted, true).puts.length > 0 && wrong.length === 0 ? 1 : 0;
  return wrong.length + going.filter((item) => item !== undefined).length + stale;
}

/** Entries at a customer that nobody remembers, by the thing that they name, page by page. */
export async function* straysAt(open: () => Database, customerId: string): AsyncGenerator<Map<string, Key[]>> {
  for (const kind of SearchKind.options)
    for await (const items of pagesOf(open, findPartition(customerId, kind))) {
      const ids = [...new Set(items.map(({ id }) => String(id)))];
      // What was there to be read has been remembered before.
      const filed = await open().getAll(ids.map(filedKey));
      const remembered = new Set(
        ids.flatMap((id, at) => {
          const one = readFiled(filed[at]);
          return one ? [...entriesOf(id, one).keys()] : [];
        }),
      );
      const strays = items
        .map(({ pk, sk, id }) => ({ id: String(id), key: { pk: String(pk), sk: String(sk) } }))
        .filter(({ key }) => !remembered.has(place(key)));
      yield new Map(
        [...Map.groupBy(strays, ({ id }) => id)].map(([id, of]) => [id, of.map(({ key }) => key)] as const),
      );
    }
}
