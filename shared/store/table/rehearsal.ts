import type { Database } from "./database.ts";
import { place } from "./items.ts";
import type { Key } from "./keys.ts";
import type { QueryInput, QueryPage } from "./queries.ts";
import { cancellation } from "./transactions.ts";
import type { Item } from "./units.ts";
import { afterUpdate, holds, mergeUpdates, type Write } from "./writes.ts";

type Keyed = Item & Key;

/**
 * The table as it would be after changes that are worked out one after the other and never made: what is committed here is checked against what the
 * table and the earlier changes say, and is remembered in this process alone.
 */
export interface Rehearsal {
  /** The table seen anew, with all that was committed here. */
  open: () => Database;
  /** Forgets items that nobody will read again. */
  forget: (keys: readonly Key[]) => void;
}

/** @param real opens the table, which is only read */
export function rehearse(real: () => Database): Rehearsal {
  /** By place; null: deleted. */
  const items = new Map<string, Keyed | null>();
  /** The places of each partition. */
  const partitions = new Map<string, Set<string>>();
  const put = (key: Key, item: Keyed | null): void => {
    const name = place(key);
    items.set(name, item);
    const places = partitions.get(key.pk) ?? new Set();
    places.add(name);
    partitions.set(key.pk, places);
  };

  const within = (
    { pk, prefix = "", from, until, after, newestFirst = false }: QueryInput,
    bound: string | undefined,
  ): { sk: string; item: Keyed | null }[] =>
    [...(partitions.get(pk) ?? [])].flatMap((name) => {
      const sk = name.slice(pk.length + 1);
      const isAfter = after === undefined || (newestFirst ? sk < after : sk > after);
      const isBefore = bound === undefined || (newestFirst ? sk >= bound : sk <= bound);
      const isInRange = (from === undefined || sk >= from) && (until === undefined || sk <= until);
      return sk.startsWith(prefix) && isAfter && isBefore && isInRange ? [{ sk, item: items.get(name) ?? null }] : [];
    });

  const open = (): Database => {
    const db = real();
    const getAll = async (keys: readonly Key[]): Promise<(Item | undefined)[]> => {
      const unknown = keys.filter((key) => !items.has(place(key)));
      const read = new Map((await db.getAll(unknown)).map((item, nth) => [place(unknown[nth] as Key), item]));
      return keys.map((key) => {
        const known = items.get(place(key));
        return known === undefined ? read.get(place(key)) : (known ?? undefined);
      });
    };
    const query = async (input: QueryInput): Promise<QueryPage> => {
      const page = await db.query(input);
      const changed = within(input, page.last?.sk);
      if (changed.length === 0) return page;
      const all = new Map((page.items as Keyed[]).map((item) => [item.sk, item]));
      for (const { sk, item } of changed)
        if (item) all.set(sk, item);
        else all.delete(sk);
      const sorted = [...all.values()].toSorted((one, other) => (one.sk < other.sk ? -1 : 1));
      if (input.newestFirst) sorted.reverse();
      const shown = sorted.slice(0, input.limit);
      const end = shown.at(-1);
      const last = sorted.length > input.limit && end ? { pk: end.pk, sk: end.sk } : page.last;
      return { items: shown, last };
    };
    /** Checks all conditions, and then makes all writes, with nothing in between. */
    const commit = async (wanted: readonly Write[]): Promise<void> => {
      const writes = mergeUpdates(wanted);
      // What a condition is about may have been read before an earlier change: it is read anew.
      const keys = writes.map(({ key }) => key).filter((key) => !items.has(place(key)));
      const fresh = real();
      const read = new Map((await fresh.getAll(keys)).map((item, nth) => [place(keys[nth] as Key), item]));
      const now = (key: Key): Item | undefined => {
        const known = items.get(place(key));
        return known === undefined ? read.get(place(key)) : (known ?? undefined);
      };
      const codes = writes.map(({ key, when }) => (holds(when, now(key)) ? undefined : "ConditionalCheckFailed"));
      if (codes.some((code) => code !== undefined)) throw cancellation(writes, codes);
      for (const write of writes) {
        const { key } = write;
        if (write.kind === "put") put(key, { ...write.item, ...key });
        else if (write.kind === "update") put(key, { ...afterUpdate(now(key), write), ...key });
        else if (write.kind === "delete") put(key, null);
      }
    };
    return {
      fresh: open,
      prefetch: (keys) => db.prefetch(keys.filter((key) => !items.has(place(key)))),
      get: async (key) => (await getAll([key]))[0],
      getAll,
      query,
      prefetchQuery: (input) => db.prefetchQuery(input),
      queryIndex: (input) => db.queryIndex(input),
      commit,
      rehearse: commit,
      putAll: async (puts) => {
        for (const { key, item } of puts) put(key, { ...item, ...key });
        return Promise.resolve();
      },
      writeAll: async (puts, deletes) => {
        for (const { key, item } of puts) put(key, { ...item, ...key });
        for (const key of deletes) put(key, null);
        return Promise.resolve();
      },
      update: async (update) => {
        try {
          await commit([update]);
          return {};
        } catch (error) {
          if (error instanceof Error && error.name === "Stale") return undefined;
          throw error;
        }
      },
    };
  };
  return {
    open,
    forget(keys) {
      for (const key of keys) {
        items.delete(place(key));
        partitions.get(key.pk)?.delete(place(key));
        if (partitions.get(key.pk)?.size === 0) partitions.delete(key.pk);
      }
    },
  };
}
