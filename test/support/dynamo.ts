import { randomBytes } from "node:crypto";
import { CreateTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll } from "vitest";
import { startDynamoDbLocal } from "../../local/emulators/dynamodb.ts";
import { tableShape } from "../../shared/store/table/shape.ts";

export interface TestTable {
  tableName: string;
  endpoint: string;
  client: DynamoDBClient;
  documents: DynamoDBDocumentClient;
}

/**
 * The DynamoDB Local of this test file, in memory. One for the whole run would grow slower with all that the files before have
 * written; this one takes a second to start, is only started for files that make a table, and ends with the file.
 */
let started: ReturnType<typeof startDynamoDbLocal> | undefined;
afterAll(async () => {
  await (await started)?.stop();
  started = undefined;
});

async function endpointOfFile(): Promise<string> {
  started ??= startDynamoDbLocal();
  const { endpoint, ready } = await started;
  await ready;
  return endpoint;
}

/** Makes an empty table of the production shape under a name of its own, so that tests can run side by side. */
export async function createTestTable(): Promise<TestTable> {
  const endpoint = await endpointOfFile();
  const client = new DynamoDBClient({
    endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const tableName = `test-${randomBytes(8).toString("hex")}`;
  const indexes = Object.entries(tableShape.indexes);
  const keys = [tableShape, ...indexes.map(([, index]) => index)].flatMap((keyed) => [
    keyed.partitionKey,
    keyed.sortKey,
  ]);
  const keySchema = (keyed: { partitionKey: string; sortKey: string }) => [
    { AttributeName: keyed.partitionKey, KeyType: "HASH" as const },
    { AttributeName: keyed.sortKey, KeyType: "RANGE" as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: keySchema(tableShape),
      AttributeDefinitions: [...new Set(keys)].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      GlobalSecondaryIndexes: indexes.map(([IndexName, index]) => ({
        IndexName,
        KeySchema: keySchema(index),
        Projection: { ProjectionType: index.projection },
      })),
      StreamSpecification: { StreamEnabled: true, StreamViewType: tableShape.stream },
    }),
  );
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: tableName,
      TimeToLiveSpecification: { AttributeName: tableShape.timeToLive, Enabled: true },
    }),
  );
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return { tableName, endpoint, client, documents };
}
