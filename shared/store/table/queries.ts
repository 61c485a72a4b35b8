import { type DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { orUnavailable } from "./failures.ts";
import type { Key } from "./keys.ts";
import { type IndexName, tableShape } from "./shape.ts";
import { type Item, itemBytes, type Meter, readUnits } from "./units.ts";

/** A page of a Query; `last` continues it, undefined at the end. */
export interface QueryPage {
  items: Item[];
  last: Key | undefined;
}
export interface QueryInput {
  pk: string;
  prefix?: string;
  /** Sort keys from this on, and up to and including that; not with `prefix`. */
  from?: string | undefined;
  until?: string | undefined;
  /** Continue after this sort key (which need not exist any more). */
  after?: string | undefined;
  limit: number;
  newestFirst?: boolean;
}
/** A page of the keys that an index holds. */
export interface IndexQuery {
  index: IndexName;
  partition: string;
  from?: string | undefined;
  until?: string | undefined;
  after?: Item | undefined;
  limit: number;
  newestFirst?: boolean;
}

/** The condition on the sort key `name` of a range, and its values. */
function range(name: string, { from, until }: Pick<QueryInput, "from" | "until">) {
  const values = { ...(from !== undefined && { ":from": from }), ...(until !== undefined && { ":until": until }) };
  if (from !== undefined && until !== undefined) return { condition: `${name} BETWEEN :from AND :until`, values };
  return { condition: from === undefined ? `${name} <= :until` : `${name} >= :from`, values };
}

/** One answer of DynamoDB, which ends at 1 MB whatever the limit. */
async function queryOnce(
  client: DynamoDBDocumentClient,
  TableName: string,
  meter: Meter,
  { pk, prefix, from, until, after, limit, newestFirst = false }: QueryInput,
): Promise<QueryPage> {
  const isRange = (from ?? until) !== undefined;
  const keys = range("#sk", { from, until });
  const conditions = [
    "#pk = :pk",
    ...(prefix === undefined ? [] : ["begins_with(#sk, :prefix)"]),
    ...(isRange ? [keys.condition] : []),
  ];
  const answer = await orUnavailable(() =>
    client.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: conditions.join(" AND "),
        ExpressionAttributeNames: { "#pk": "pk", ...((prefix !== undefined || isRange) && { "#sk": "sk" }) },
        ExpressionAttributeValues: {
          ":pk": pk,
          ...(prefix !== undefined && { ":prefix": prefix }),
          ...keys.values,
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
}

/**
 * A page of a partition, strongly consistent: as many items as the limit says, or all that there are, however many answers their size takes.
 * @throws DomainError unavailable
 */
export async function queryTable(
  client: DynamoDBDocumentClient,
  TableName: string,
  meter: Meter,
  input: QueryInput,
): Promise<QueryPage> {
  const { items, last: end } = await queryOnce(client, TableName, meter, input);
  let last = end;
  while (last !== undefined && items.length < input.limit) {
    const rest = { ...input, after: last.sk, limit: input.limit - items.length };
    const more = await queryOnce(client, TableName, meter, rest);
    items.push(...more.items);
    last = more.last;
  }
  return { items, last };
}

/** A page of an index, which may lag behind the table. @throws DomainError unavailable */
export async function queryIndex(
  client: DynamoDBDocumentClient,
  TableName: string,
  meter: Meter,
  { index, partition, from, until, after, limit, newestFirst = false }: IndexQuery,
): Promise<{ items: Item[]; last: Item | undefined }> {
  const shape = tableShape.indexes[index];
  const isRange = (from ?? until) !== undefined;
  const keys = range("#s", { from, until });
  const answer = await orUnavailable(() =>
    client.send(
      new QueryCommand({
        TableName,
        IndexName: index,
        KeyConditionExpression: isRange ? `#p = :p AND ${keys.condition}` : "#p = :p",
        ExpressionAttributeNames: { "#p": shape.partitionKey, ...(isRange && { "#s": shape.sortKey }) },
        ExpressionAttributeValues: { ":p": partition, ...keys.values },
        Limit: limit,
        ScanIndexForward: !newestFirst,
        ...(after !== undefined && { ExclusiveStartKey: after }),
      }),
    ),
  );
  const items = (answer.Items ?? []) as Item[];
  meter.read(readUnits(items.reduce((sum, item) => sum + itemBytes(item), 0)) / 2);
  return { items, last: answer.LastEvaluatedKey as Item | undefined };
}
