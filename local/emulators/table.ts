import { isDeepStrictEqual } from "node:util";
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  type KeySchemaElement,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import type { LocalTable, TableKeys } from "../assembly/assembly.ts";

const keySchema = ({ partitionKey, sortKey }: TableKeys): KeySchemaElement[] => [
  { AttributeName: partitionKey, KeyType: "HASH" },
  ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: "RANGE" as const }]),
];

/**
 * Makes a table as the template says, if it is not there yet.
 * @returns the stream's ARN, and whether the table is new
 * @throws Error where a table of the name has other keys, indexes or no stream: the data were made by another version
 */
export async function ensureTable(
  client: DynamoDBClient,
  table: LocalTable,
): Promise<{ streamArn: string | undefined; created: boolean }> {
  const existing = await describe(client, table.name);
  if (existing) {
    const differences = compare(table, existing);
    if (differences.length > 0) {
      throw new Error(
        `The table ${table.name} in the data folder does not fit the template: ${differences.join("; ")}. ` +
          "It was made by another version. Start with another TENANTRY_HOME, or remove the folder to begin afresh.",
      );
    }
    return { streamArn: existing.LatestStreamArn, created: false };
  }
  const indexes = Object.entries(table.indexes);
  await client.send(
    new CreateTableCommand({
      TableName: table.name,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: keySchema(table.keys),
      AttributeDefinitions: Object.entries(table.attributes).map(([AttributeName, AttributeType]) => ({
        AttributeName,
        AttributeType,
      })),
      ...(indexes.length > 0 && {
        GlobalSecondaryIndexes: indexes.map(([IndexName, index]) => ({
          IndexName,
          KeySchema: keySchema(index),
          Projection: {
            ProjectionType: index.projection,
            ...(index.projection === "INCLUDE" && { NonKeyAttributes: index.nonKeyAttributes }),
          },
        })),
      }),
      ...(table.stream !== undefined && {
        StreamSpecification: { StreamEnabled: true, StreamViewType: table.stream as "NEW_AND_OLD_IMAGES" },
      }),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.5 }, { TableName: table.name });
  if (table.timeToLive !== undefined) {
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: table.name,
        TimeToLiveSpecification: { AttributeName: table.timeToLive, Enabled: true },
      }),
    );
  }
  return { streamArn: (await describe(client, table.name))?.LatestStreamArn, created: true };
}

/**
 * Waits until what DynamoDB Local has acknowledged is on the disk. It answers a TransactWriteItems about 12 ms before the commit, and a SIGKILL
 * between the two loses the transaction. It works on one request after the other, so a read behind the write is answered after the commit.
 */
export function commitBarrier(client: DynamoDBClient, table: LocalTable): () => Promise<void> {
  const { partitionKey, sortKey } = table.keys;
  const values = { S: { S: "-" }, N: { N: "0" }, B: { B: new Uint8Array(1) } };
  const key = [partitionKey, ...(sortKey === undefined ? [] : [sortKey])].map((name) => [
    name,
    values[table.attributes[name] ?? "S"],
  ]);
  const read = new GetItemCommand({ TableName: table.name, Key: Object.fromEntries(key), ConsistentRead: true });
  return async () => void (await client.send(read));
}

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

const keysOf = (schema: readonly KeySchemaElement[] | undefined): string =>
  ["HASH", "RANGE"]
    .map((type) => schema?.find(({ KeyType }) => KeyType === type)?.AttributeName)
    .filter((name) => name !== undefined)
    .join(" and ");

function compare(table: LocalTable, existing: TableDescription): string[] {
  const differences: string[] = [];
  const differ = (what: string, wanted: unknown, found: unknown): void => {
    if (!isDeepStrictEqual(wanted, found)) {
      differences.push(`${what} should be ${JSON.stringify(wanted)} but is ${JSON.stringify(found ?? null)}`);
    }
  };
  differ("its key", keysOf(keySchema(table.keys)), keysOf(existing.KeySchema));
  differ("its stream", table.stream, existing.StreamSpecification?.StreamViewType);
  const wanted = Object.entries(table.indexes).map(([name, index]) => [
    name,
    keysOf(keySchema(index)),
    index.projection,
  ]);
  const found = (existing.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema, Projection }) => [
    IndexName,
    keysOf(KeySchema),
    Projection?.ProjectionType,
  ]);
  differ("its indexes", wanted.sort(), found.sort());
  return differences;
}
