import { BatchWriteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { orUnavailable, pause, unavailable } from "./failures.ts";
import type { Key } from "./keys.ts";
import { type Item, itemBytes, type Meter, writeUnits } from "./units.ts";

const batchSize = 25;
const rounds = 6;

type Request = { PutRequest: { Item: Item } } | { DeleteRequest: { Key: Key } };
const unitsOf = (request: Request): number =>
  "PutRequest" in request ? writeUnits(itemBytes(request.PutRequest.Item)) : 1;

/** Writes one batch, and again what the database did not come to. @throws DomainError unavailable */
async function writeBatch(
  client: DynamoDBDocumentClient,
  TableName: string,
  meter: Meter,
  requests: readonly Request[],
): Promise<void> {
  for (const request of requests) meter.write(unitsOf(request));
  let wanted: Request[] = [...requests];
  for (let round = 0; wanted.length > 0; round += 1) {
    if (round === rounds) throw unavailable();
    if (round > 0) await pause(10 * 2 ** round);
    const RequestItems = { [TableName]: wanted };
    const { UnprocessedItems } = await orUnavailable(() => client.send(new BatchWriteCommand({ RequestItems })));
    wanted = (UnprocessedItems?.[TableName] ?? []) as Request[];
  }
}

/** Puts and deletes items without conditions, 25 in a call. No key may come twice. @throws DomainError unavailable */
export async function writeBatches(
  client: DynamoDBDocumentClient,
  TableName: string,
  meter: Meter,
  puts: readonly { key: Key; item: Item }[],
  deletes: readonly Key[],
): Promise<void> {
  const requests: Request[] = [
    ...puts.map(({ key, item }) => ({ PutRequest: { Item: { ...item, ...key } } })),
    ...deletes.map((Key) => ({ DeleteRequest: { Key } })),
  ];
  const batches = Array.from({ length: Math.ceil(requests.length / batchSize) }, (_, at) =>
    requests.slice(at * batchSize, (at + 1) * batchSize),
  );
  await Promise.all(batches.map((batch) => writeBatch(client, TableName, meter, batch)));
}
