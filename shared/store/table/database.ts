import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { nameOf, failureOf, orUnavailable } from "./failures.ts";
import { writeBatches } from "./batches.ts";
import { openItems } from "./items.ts";
import type { Key } from "./keys.ts";
import { type IndexQuery, queryIndex, type QueryInput, type QueryPage, queryTable } from "./queries.ts";
import { cancellation, countWrites, sendTransaction } from "./transactions.ts";
import { type Item, itemBytes, type Meter, writeUnits } from "./units.ts";
import { holds, mergeUpdates, toUpdate, type Update, type Write } from "./writes.ts";

/** The table as one request sees it: reads are strongly consistent and happen once per key, everything is counted. */
export interface Database {
  /** The table seen anew: nothing that was read before is remembered. Counted by the same meter. */
  fresh: () => Database;
  /** Starts reading keys without waiting, so that what needs them later finds them in the same round trip. */
  prefetch: (keys: readonly Key[]) => void;
  get: (key: Key) => Promise<Item | undefined>;
  getAll: (keys: readonly Key[]) => Promise<(Item | undefined)[]>;
  query: (input: QueryInput) => Promise<QueryPage>;
  /** Starts a query without waiting; the same query, asked for later, gets its answer. */
  prefetchQuery: (input: QueryInput) => void;
  /** Index reads are eventually consistent. */
  queryIndex: (input: IndexQuery) => Promise<{ items: Item[]; last: Item | undefined }>;
  /**
   * All writes or none. @throws Stale where a condition failed that has no refusal of its own, else that refusal; Contended
   * where the database asks to try again; DomainError unavailable where the outcome stays unknown.
   */
  commit: (writes: readonly Write[]) => Promise<void>;
  /** Checks what `commit` would check, without writing. */
  rehearse: (writes: readonly Write[]) => Promise<void>;
  /** Puts that any number of repetitions leave as they are: copies of what was committed elsewhere. */
  putAll: (puts: readonly { key: Key; item: Item }[]) => Promise<void>;
  /**
   * Puts and deletes that any number of repetitions leave as they are, many in one call; not for what a condition has to guard.
   * @throws DomainError unavailable
   */
  writeAll: (puts: readonly { key: Key; item: Item }[], deletes: readonly Key[]) => Promise<void>;
  /** One update outside of a change: repairs and counters. Returns the attributes that it wrote, undefined where its condition failed. */
  update: (update: Update) => Promise<Item | undefined>;
}

/**
 * Opens the table for one request. Attempts are counted by the meter where the SDK sends them (`runtime/dynamo.ts`); units are
 * counted here, where items are known.
 */
export function openDatabase(client: DynamoDBDocumentClient, TableName: string, meter: Meter): Database {
  const { prefetch, getAll, known } = openItems(client, TableName, meter);
  const pages = new Map<string, Promise<QueryPage>>();
  const ask = (input: QueryInput): Promise<QueryPage> => queryTable(client, TableName, meter, input);

  return {
    fresh: () => openDatabase(client, TableName, meter),
    prefetch,
    getAll,
    get: async (key) => (await getAll([key]))[0],

    prefetchQuery(input) {
      const name = JSON.stringify(input);
      if (pages.has(name)) return;
      const page = ask(input);
      // Whoever asks for the page sees the failure; one that nobody asks for must not end the process.
      page.catch(() => undefined);
      pages.set(name, page);
    },
    query: async (input) => pages.get(JSON.stringify(input)) ?? ask(input),
    queryIndex: (input) => queryIndex(client, TableName, meter, input),

    async commit(wanted) {
      const writes = mergeUpdates(wanted);
      if (writes.length === 0) return;
      countWrites(writes, known, meter, 2);
      await sendTransaction(client, TableName, writes);
    },

    async rehearse(wanted) {
      const writes = mergeUpdates(wanted);
      const items = await getAll(writes.map(({ key }) => key));
      const codes = writes.map(({ when }, index) => (holds(when, items[index]) ? undefined : "ConditionalCheckFailed"));
      if (codes.some((code) => code !== undefined)) throw cancellation(writes, codes);
    },

    async putAll(puts) {
      await Promise.all(
        puts.map(({ key, item }) => {
          meter.write(writeUnits(itemBytes(item)));
          return orUnavailable(() => client.send(new PutCommand({ TableName, Item: { ...item, ...key } })));
        }),
      );
    },

    writeAll: (puts, deletes) => writeBatches(client, TableName, meter, puts, deletes),

    async update(update) {
      const input = toUpdate(TableName, update);
      countWrites([update], known, meter, 1);
      try {
        const answer = await client.send(new UpdateCommand({ ...input, ReturnValues: "UPDATED_NEW" }));
        return (answer.Attributes as Item | undefined) ?? {};
      } catch (error) {
        if (nameOf(error) === "ConditionalCheckFailedException") return undefined;
        throw failureOf(error);
      }
    },
  };
}
