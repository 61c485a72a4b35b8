import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { enableStream } from "../support/dynamo.ts";

/** A record of the table's stream, as a function gets it. */
export interface TableRecord {
  eventName: string;
  dynamodb: {
    SequenceNumber: string;
    ApproximateCreationDateTime: number;
    OldImage?: Record<string, AttributeValue> | undefined;
    NewImage?: Record<string, AttributeValue> | undefined;
  };
}

/** Changes of devices or customers: what the filter of the consumer lets through. */
export const changesOf = (kind: "device" | "customer", records: readonly TableRecord[]): TableRecord[] =>
  records.filter(({ eventName, dynamodb: { NewImage, OldImage } }) => {
    const [after, before] = [NewImage?.["kind"]?.S, OldImage?.["kind"]?.S];
    if (kind === "customer") return eventName === "MODIFY" && after === kind;
    // The probe of a recount goes where changes of devices go, in its turn.
    return after === kind || after === "probe" || (eventName === "REMOVE" && before === kind);
  });

/** DynamoDB Local leaves the type of empty maps out. */
const whole = (image: Record<string, AttributeValue> | undefined): Record<string, AttributeValue> | undefined =>
  image &&
  Object.fromEntries(
    Object.entries(image).map(([name, value]): [string, AttributeValue] => {
      if (Object.keys(value).length === 0) return [name, { M: {} }];
      return [name, value.M ? { M: whole(value.M) ?? {} } : value];
    }),
  );

/** Reads the stream of a table on DynamoDB Local, which begins here: each `next` answers all that was committed since the last. */
export async function openTableStream(table: {
  endpoint: string;
  tableName: string;
  documents: DynamoDBDocumentClient;
}): Promise<{ next: () => Promise<TableRecord[]>; close: () => void }> {
  const client = new DynamoDBStreamsClient({
    endpoint: table.endpoint,
    region: "eu-central-1",
    credentials: table.documents.config.credentials,
  });
  const StreamArn = await enableStream({ client: table.documents, tableName: table.tableName });
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const iterators = await Promise.all(
    (StreamDescription?.Shards ?? []).map(async ({ ShardId }) => {
      const ask = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" });
      return (await client.send(ask)).ShardIterator;
    }),
  );
  return {
    async next() {
      // What is written last stands last in the stream. Whoever has read the table before has left marks of his own.
      const mark = `MARK#${randomUUID()}`;
      await table.documents.send(new PutCommand({ TableName: table.tableName, Item: { pk: mark, sk: "@" } }));
      const records: TableRecord[] = [];
      for (let found = false, looks = 0; !found; looks += 1) {
        if (looks > 2_000) throw new Error("The stream does not bring what was written.");
        let came = 0;
        for (const [index, ShardIterator] of iterators.entries()) {
          if (ShardIterator === undefined) continue;
          const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 1000 }));
          iterators[index] = page.NextShardIterator;
          for (const { eventName, dynamodb } of page.Records ?? []) {
            came += 1;
            found ||= dynamodb?.Keys?.["pk"]?.S === mark;
            records.push({
              eventName: eventName ?? "",
              dynamodb: {
                SequenceNumber: dynamodb?.SequenceNumber ?? "",
                ApproximateCreationDateTime: Math.floor((dynamodb?.ApproximateCreationDateTime?.getTime() ?? 0) / 1000),
                OldImage: whole(dynamodb?.OldImage),
                NewImage: whole(dynamodb?.NewImage),
              },
            });
          }
        }
        if (came === 0) await sleep(5);
      }
      return records;
    },
    close: () => client.destroy(),
  };
}
