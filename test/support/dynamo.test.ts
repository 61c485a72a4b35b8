import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { expect, test } from "vitest";
import { createTestTable, enableStream } from "./dynamo.ts";

test("every test table is empty, has a name of its own and the indexes of the real one", async () => {
  const [one, other] = [await createTestTable(), await createTestTable()];
  expect(one.tableName).not.toBe(other.tableName);
  await one.documents.send(
    new PutCommand({ TableName: one.tableName, Item: { pk: "cus_1", sk: "@", left: undefined } }),
  );
  const read = (tableName: string) =>
    one.documents.send(new GetCommand({ TableName: tableName, Key: { pk: "cus_1", sk: "@" } }));
  expect((await read(one.tableName)).Item).toEqual({ pk: "cus_1", sk: "@" });
  expect((await read(other.tableName)).Item).toBeUndefined();
  const { Table } = await one.client.send(new DescribeTableCommand({ TableName: one.tableName }));
  expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort()).toEqual(["due", "history"]);
  expect(Table?.StreamSpecification).toBeUndefined();
  const streamArn = await enableStream(one);
  expect(await enableStream(one)).toBe(streamArn);
  const after = await one.client.send(new DescribeTableCommand({ TableName: one.tableName }));
  expect(after.Table).toMatchObject({
    LatestStreamArn: streamArn,
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  });
});
