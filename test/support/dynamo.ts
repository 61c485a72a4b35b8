import { randomBytes } from "node:crypto";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Database } from "../../local/run/database.ts";
import { tableShape } from "../../shared/store/table/shape.ts";

export interface TestTable {
  tableName: string;
  endpoint: string;
  /** The key to the database of this test file; whoever makes a client of its own needs it. */
  credentials: { accessKeyId: string; secretAccessKey: string };
  client: DynamoDBClient;
  documents: DynamoDBDocumentClient;
}

/**
 * The files of a run share one DynamoDB Local, which the run's setup starts when the first of them asks. Each file has a key, and by it
 * a database, of its own: what the files before have written would slow it down otherwise.
 */
const newKey = () => ({ accessKeyId: `file${randomBytes(8).toString("hex")}`, secretAccessKey: "test" });
const credentials = newKey();
let asked: Promise<string> | undefined;

async function endpointOfRun(): Promise<string> {
  const answer = await fetch(`${process.env["TENANTRY_TEST_SERVER"]}/dynamodb`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

/** An empty database for a local run that need not have a DynamoDB Local of its own, whose start takes seconds. */
export const newDatabase = async (): Promise<Database> => ({
  endpoint: await (asked ??= endpointOfRun()),
  credentials: newKey(),
});

/**
 * Makes an empty table of the production shape under a name of its own. It has no stream until `enableStream`, because DynamoDB Local takes
 * longer for each change the more changes its streams hold.
 * @param own where another DynamoDB Local answers than that of the run
 */
export async function createTestTable(own?: string): Promise<TestTable> {
  const endpoint = own ?? (await (asked ??= endpointOfRun()));
  const client = new DynamoDBClient({ endpoint, region: "eu-central-1", credentials });
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
    }),
  );
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: tableName,
      TimeToLiveSpecification: { AttributeName: tableShape.timeToLive, Enabled: true },
    }),
  );
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return { tableName, endpoint, credentials, client, documents };
}

/** Lets the stream of a table begin here, unless it has begun. @returns the stream's ARN */
export async function enableStream({ client, tableName }: Pick<TestTable, "client" | "tableName">): Promise<string> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  if (Table?.StreamSpecification?.StreamEnabled === true) return String(Table.LatestStreamArn);
  const { TableDescription } = await client.send(
    new UpdateTableCommand({
      TableName: tableName,
      StreamSpecification: { StreamEnabled: true, StreamViewType: tableShape.stream },
    }),
  );
  return String(TableDescription?.LatestStreamArn);
}
