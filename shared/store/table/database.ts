import { randomUUID } from "node:crypto";
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { DomainError } from "../../domain/terms/errors.ts";
import type { Key } from "./keys.ts";
import { type IndexName, tableShape } from "./shape.ts";
import {
  afterUpdate,
  Contended,
  holds,
  mergeUpdates,
  Stale,
  toTransactItem,
  toUpdate,
  type Update,
  type Write,
} from "./writes.ts";
import { type Item, itemBytes, type Meter, readUnits, writeUnits } from "./units.ts";

/** A page of a Query; `last` continues it, undefined at the end. */
export interface QueryPage {
  items: Item[];
  last: Key | undefined;
}
export interface QueryInput {
  pk: string;
  prefix?: string;
  /** Sort keys up to and including this; not with `prefix`. */
  until?: string;
  /** Continue after this sort key (which need not exist any more). */
  after?: string | undefined;
  limit: number;
  newestFirst?: boolean;
}
/** A page of the keys that an index holds. */
export interface IndexQuery {
  index: IndexName;
  partition: string;
  until?: string;
  after?: Item | undefined;
  limit: number;
  newestFirst?: boolean;
}

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
  /** One update outside of a change: repairs and counters. Returns the attributes that it wrote, undefined where its condition failed. */
  update: (update: Update) => Promise<Item | undefined>;
}

const batchSize = 100;
const unavailable = () => new DomainError("unavailable", "The service cannot answer right now; try again.", [], 1);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

/** Refusals that are ours to mend: they mean a fault in this code, and no retry helps. */
const programmingErrors = new Set([
  "ValidationException",
  "AccessDeniedException",
  "ResourceNotFoundException",
  "IdempotentParameterMismatchException",
]);

const orUnavailable = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    if (programmingErrors.has(nameOf(error)) || !(error instanceof Error)) throw error;
    throw Object.assign(unavailable(), { cause: error });
  }
};

const indexUnits = (item: Item): number => {
  let units = 0;
  const { due, history } = tableShape.indexes;
  if (item[due.partitionKey] !== undefined) units += 1;
  if (item[history.partitionKey] !== undefined) units += writeUnits(itemBytes(item));
  return units;
};

/**
 * Opens the table for one request. Attempts are counted by the meter where the SDK sends them (`runtime/dynamo.ts`); units are
 * counted here, where items are known.
 */
export function openDatabase(client: DynamoDBDocumentClient, TableName: string, meter: Meter): Database {
  const cache = new Map<string, Promise<Item | undefined>>();
  const place = ({ pk, sk }: Key): string => `${pk}\n${sk}`;
  const known = new Map<string, Item>();
  const pages = new Map<string, Promise<QueryPage>>();

  const fetchBatch = async (keys: readonly Key[]): Promise<Map<string, Item>> => {
    const found = new Map<string, Item>();
    let wanted: Key[] = [...keys];
    for (let round = 0; wanted.length > 0; round += 1) {
      if (round > 5) throw unavailable();
      if (round > 1) await pause(10 * 2 ** round);
      const answer = await client.send(
        new BatchGetCommand({ RequestItems: { [TableName]: { Keys: wanted, ConsistentRead: true } } }),
      );
      const items = (answer.Responses?.[TableName] ?? []) as (Item & Key)[];
      for (const item of items) {
        found.set(place(item), item);
        known.set(place(item), item);
      }
      const left = (answer.UnprocessedKeys?.[TableName]?.Keys ?? []) as Key[];
      const answered = wanted.length - left.length;
      for (const item of items) meter.read(readUnits(itemBytes(item)));
      meter.read(Math.max(0, answered - items.length));
      wanted = left;
    }
    return found;
  };

  const prefetch = (keys: readonly Key[]): void => {
    const wanted = [...new Map(keys.filter((key) => !cache.has(place(key))).map((key) => [place(key), key])).values()];
    for (let start = 0; start < wanted.length; start += batchSize) {
      const batch = wanted.slice(start, start + batchSize);
      const answer = orUnavailable(() => fetchBatch(batch));
      for (const key of batch) {
        const one = answer.then((items) => items.get(place(key)));
        // Whoever asks for the item sees the failure; a key that nobody asks for must not end the process.
        one.catch(() => undefined);
        cache.set(place(key), one);
      }
    }
  };

  const getAll = (keys: readonly Key[]): Promise<(Item | undefined)[]> => {
    prefetch(keys);
    return Promise.all(keys.map((key) => cache.get(place(key))));
  };

  const ask = async ({ pk, prefix, until, after, limit, newestFirst = false }: QueryInput): Promise<QueryPage> => {
    const conditions = [
      "#pk = :pk",
      ...(prefix === undefined ? [] : ["begins_with(#sk, :prefix)"]),
      ...(until === undefined ? [] : ["#sk <= :until"]),
    ];
    const answer = await orUnavailable(() =>
      client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: conditions.join(" AND "),
          ExpressionAttributeNames: { "#pk": "pk", ...((prefix ?? until) !== undefined && { "#sk": "sk" }) },
          ExpressionAttributeValues: {
            ":pk": pk,
            ...(prefix !== undefined && { ":prefix": prefix }),
            ...(until !== undefined && { ":until": until }),
          },
          Limit: limit,
          ScanIndexForward: !newestFirst,
          ...(after !== undefined && { ExclusiveStartKey: { pk, sk: after } }),
        }),
      ),
    );
    const items = (answer.Items ?? []) as Item[];
    meter.read(readUnits(items.reduce((sum, item) => sum + itemBytes(item), 0)));
    return { items, last: answer.LastEvaluatedKey as Key | undefined };
  };

  const countWrites = (writes: readonly Write[]): void => {
    for (const write of writes) {
      if (write.kind === "check") {
        meter.read(2);
        continue;
      }
      const before = known.get(place(write.key));
      const old = before ? writeUnits(itemBytes(before)) : 1;
      const after =
        write.kind === "put" ? write.item : write.kind === "update" ? afterUpdate(before, write) : undefined;
      meter.write(2 * Math.max(old, after ? writeUnits(itemBytes(after)) : 1) + indexUnits(after ?? before ?? {}));
    }
  };

  /** What a cancelled transaction means: the first write whose condition failed says it, or asks for fresh reads; else contention. */
  const cancellation = (writes: readonly Write[], codes: readonly (string | undefined)[]): Error => {
    const failed = writes.find((_, index) => codes[index] === "ConditionalCheckFailed");
    if (failed) return failed.otherwise ?? new Stale("A condition no longer holds.");
    return new Contended(codes.filter((code) => code !== undefined && code !== "None").join(", "));
  };

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

    async queryIndex({ index, partition, until, after, limit, newestFirst = false }) {
      const shape = tableShape.indexes[index];
      const answer = await orUnavailable(() =>
        client.send(
          new QueryCommand({
            TableName,
            IndexName: index,
            KeyConditionExpression: until === undefined ? "#p = :p" : "#p = :p AND #s <= :until",
            ExpressionAttributeNames: { "#p": shape.partitionKey, ...(until !== undefined && { "#s": shape.sortKey }) },
            ExpressionAttributeValues: { ":p": partition, ...(until !== undefined && { ":until": until }) },
            Limit: limit,
            ScanIndexForward: !newestFirst,
            ...(after !== undefined && { ExclusiveStartKey: after }),
          }),
        ),
      );
      const items = (answer.Items ?? []) as Item[];
      meter.read(readUnits(items.reduce((sum, item) => sum + itemBytes(item), 0)) / 2);
      return { items, last: answer.LastEvaluatedKey as Item | undefined };
    },

    async commit(wanted) {
      const writes = mergeUpdates(wanted);
      if (writes.length === 0) return;
      const command = new TransactWriteCommand({
        TransactItems: writes.map((write) => toTransactItem(TableName, write)),
        // The same token on every attempt: an attempt whose answer was lost is not carried out a second time.
        ClientRequestToken: randomUUID(),
      });
      countWrites(writes);
      for (let attempt = 1; ; attempt += 1) {
        try {
          await client.send(command);
          return;
        } catch (error) {
          if (nameOf(error) === "TransactionCanceledException") {
            const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
            if (reasons.some(({ Code }) => Code === "ValidationError" || Code === "ItemCollectionSizeLimitExceeded"))
              throw error;
            throw cancellation(
              writes,
              reasons.map(({ Code }) => Code),
            );
          }
          if (programmingErrors.has(nameOf(error)) || !(error instanceof Error)) throw error;
          if (attempt === 2) throw Object.assign(unavailable(), { cause: error });
          await pause(25 * 2 ** attempt);
        }
      }
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

    async update(update) {
      const input = toUpdate(TableName, update);
      countWrites([update]);
      try {
        const answer = await client.send(new UpdateCommand({ ...input, ReturnValues: "UPDATED_NEW" }));
        return (answer.Attributes as Item | undefined) ?? {};
      } catch (error) {
        if (nameOf(error) === "ConditionalCheckFailedException") return undefined;
        if (programmingErrors.has(nameOf(error)) || !(error instanceof Error)) throw error;
        throw Object.assign(unavailable(), { cause: error });
      }
    },
  };
}
