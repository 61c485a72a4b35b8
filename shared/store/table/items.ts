import { BatchGetCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { orUnavailable, pause, unavailable } from "./failures.ts";
import type { Key } from "./keys.ts";
import { type Item, itemBytes, type Meter, readUnits } from "./units.ts";

const batchSize = 100;

/** A name of a key for maps. */
export const place = ({ pk, sk }: Key): string => `${pk}\n${sk}`;

/** Items as one request sees them: each key is read once, strongly consistent, together with those that are asked for at the same moment. */
export interface ItemReader {
  prefetch: (keys: readonly Key[]) => void;
  getAll: (keys: readonly Key[]) => Promise<(Item | undefined)[]>;
  /** What has been read so far. */
  known: ReadonlyMap<string, Item>;
}

/** Reads keys in one batch, and again what the database did not come to. @throws DomainError unavailable */
async function readBatch(
  client: DynamoDBDocumentClient,
  TableName: string,
  meter: Meter,
  keys: readonly Key[],
): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  let wanted: Key[] = [...keys];
  for (let round = 0; wanted.length > 0; round += 1) {
    if (round > 5) throw unavailable();
    if (round > 1) await pause(10 * 2 ** round);
    const answer = await client.send(
      new BatchGetCommand({ RequestItems: { [TableName]: { Keys: wanted, ConsistentRead: true } } }),
    );
    const items = (answer.Responses?.[TableName] ?? []) as (Item & Key)[];
    for (const item of items) found.set(place(item), item);
    const left = (answer.UnprocessedKeys?.[TableName]?.Keys ?? []) as Key[];
    const answered = wanted.length - left.length;
    for (const item of items) meter.read(readUnits(itemBytes(item)));
    meter.read(Math.max(0, answered - items.length));
    wanted = left;
  }
  return found;
}

/** Opens the items of a table for one request. */
export function openItems(client: DynamoDBDocumentClient, TableName: string, meter: Meter): ItemReader {
  const asked = new Map<string, Promise<Item | undefined>>();
  const known = new Map<string, Item>();

  const prefetch = (keys: readonly Key[]): void => {
    const wanted = [...new Map(keys.filter((key) => !asked.has(place(key))).map((key) => [place(key), key])).values()];
    for (let start = 0; start < wanted.length; start += batchSize) {
      const batch = wanted.slice(start, start + batchSize);
      const answer = orUnavailable(async () => {
        const items = await readBatch(client, TableName, meter, batch);
        for (const [name, item] of items) known.set(name, item);
        return items;
      });
      for (const key of batch) {
        const one = answer.then((items) => items.get(place(key)));
        // Whoever asks for the item sees the failure; a key that nobody asks for must not end the process.
        one.catch(() => undefined);
        asked.set(place(key), one);
      }
    }
  };

  return {
    prefetch,
    getAll(keys) {
      prefetch(keys);
      return Promise.all(keys.map((key) => asked.get(place(key))));
    },
    known,
  };
}
