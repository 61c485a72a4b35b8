import { randomBytes } from "node:crypto";
import { CreateTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { inject } from "vitest";
import { tableShape } from "../../shared/store/table.ts";

export interface TestTable {
  tableName: string;
  endpoint: string;
  client: DynamoDBClient;
  documents: DynamoDBDocumentClient;
}

/** A client for the run's DynamoDB Local. It is patient, because the first test may come before Java is up. */
const testClient = (): DynamoDBClient =>
  new DynamoDBClient({
    endpoint: inject("dynamoEndpoint"),
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });

async function dynamoReady(endpoint: string): Promise<void> {
  for (const deadline = Date.now() + 25_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      await (await fetch(endpoint)).arrayBuffer();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`DynamoDB Local does not answer at ${endpoint}`, { cause: error });
    }
  }
}

/** Makes an empty table of the production shape under a name of its own, so that tests can run side by side. Nothing is deleted: it lives in memory. */
export async function createTestTable(): Promise<TestTable> {
  const endpoint = inject("dynamoEndpoint");
  await dynamoReady(endpoint);
  const client = testClient();
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
