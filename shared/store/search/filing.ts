import type { Database } from "../table/database.ts";
import { filedKey, type Key } from "../table/keys.ts";
import { isBusy } from "../table/persist.ts";
import { place } from "../table/items.ts";
import { both, entriesOf, type Filed, filedAttributes, type Filing, type PlacedEntry, readFiled } from "./entries.ts";
import { firstKeys, nextKeys, present } from "./present.ts";

/*
 * The index of words says of a thing what the thing is now, whoever files it, how often, and in which order. What stands in the index is remembered in
 * an item of the thing's own. Whoever files looks at that first and at the thing then; says in it what may stand in the index from now on; writes the
 * entries; and says that it is done. Only one at a time does so. Whoever has written looks again: what has changed since may have been looked for in the
 * index before it was there.
 */

/** Longer than a function takes for one thing, or lives on after its time. */
const workMs = 90_000;

/** as it is: there was nothing to do; written: it is to be looked at again; busy: somebody else is at work. */
export type FilingOutcome = "as it is" | "written" | "busy";

/** What is to be put, and what is to go. */
export function difference(id: string, filed: Filed | null, wanted: Filing | null, trusted: boolean) {
  const old = filed ? entriesOf(id, filed) : new Map<string, PlacedEntry>();
  const now = wanted ? entriesOf(id, wanted) : new Map<string, PlacedEntry>();
  const same = (name: string, { item }: PlacedEntry): boolean =>
    JSON.stringify(old.get(name)?.item) === JSON.stringify(item);
  const puts = [...now].filter(([name, entry]) => !trusted || !same(name, entry)).map(([, entry]) => entry);
  const deletes = [...old].filter(([name]) => !now.has(name)).map(([, { key }]) => key);
  return { puts, deletes, now };
}

/** Reads ahead what filing things will look at, each kind of it together. What has been filed is read first. */
export async function readAhead(db: Database, ids: readonly string[]): Promise<void> {
  await db.getAll(ids.map(filedKey));
  await db.getAll(ids.flatMap(firstKeys));
  db.prefetch((await Promise.all(ids.map((id) => nextKeys(db, id)))).flat());
}

/** What has been filed and what is, from one view of the table; null: it is just being moved. */
async function look(db: Database, id: string): Promise<{ filed: Filed | null; wanted: Filing | null } | null> {
  const filed = readFiled(await db.get(filedKey(id)));
  try {
    return { filed, wanted: await present(db, id) };
  } catch (error) {
    if (isBusy(error)) return null;
    throw error;
  }
}

/**
 * Files one thing as it is now, once.
 * @param db a view in which nothing of it has been read, or `readAhead` has
 * @param clock milliseconds since the epoch
 * @param mistrusted everything is written anew, whatever is remembered of it; with entries that nobody remembers, which go unless they should be there
 */
export async function fileOnce(
  db: Database,
  clock: () => number,
  id: string,
  mistrusted: readonly Key[] | null = null,
): Promise<FilingOutcome> {
  const found = await look(db, id);
  if (!found) return "busy";
  const { filed, wanted } = found;
  if (filed?.busyUntil && filed.busyUntil > clock()) return "busy";
  const isLeft = filed !== null && filed.busyUntil !== null;
  const { puts, deletes, now } = difference(id, filed, wanted, mistrusted === null && !isLeft);
  const strays = (mistrusted ?? []).filter((key) => !now.has(place(key)));
  const gone = [...new Map([...deletes, ...strays].map((key) => [place(key), key])).values()];
  if (puts.length === 0 && gone.length === 0 && !isLeft) return "as it is";
  const key = filedKey(id);
  const version = (filed?.version ?? 0) + 1;
  const meanwhile = wanted && filed ? both(filed, wanted) : (wanted ?? filed);
  if (!meanwhile) {
    // What has been removed for good never comes back.
    await db.writeAll([], gone);
    return "written";
  }
  const taken = await db.update({
    kind: "update",
    key,
    set: { ...filedAttributes(meanwhile), version, busyUntil: clock() + workMs },
    add: {},
    when: [filed ? { attribute: "version", is: filed.version } : { exists: false }],
  });
  if (taken === undefined) return "busy";
  await db.writeAll(puts, gone);
  if (wanted === null) await db.writeAll([], [key]);
  else
    await db.update({
      kind: "update",
      key,
      set: { ...filedAttributes(wanted), version: version + 1, busyUntil: null },
      add: {},
      when: [{ attribute: "version", is: version }],
    });
  return "written";
}
