import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { beforeAll, describe, expect, test } from "vitest";
import { enableStream } from "../../support/dynamo.ts";
import { allPages, type Book, dayMs, expectRefusal, openBook } from "../stages/book.ts";

let book: Book;
let streams: DynamoDBStreamsClient;
type StreamRecord = {
  eventName?: string;
  dynamodb?: { SequenceNumber?: string; NewImage?: { kind?: { S?: string } } };
};
const isOf = (kind: "log" | "log-copy", { dynamodb }: StreamRecord): boolean => dynamodb?.NewImage?.kind?.S === kind;
beforeAll(async () => {
  book = await openBook();
  streams = new DynamoDBStreamsClient({
    endpoint: book.table.endpoint,
    region: "eu-central-1",
    credentials: book.table.credentials,
  });
  await enableStream(book.table);
});

/** All log entries and copies of them that the stream of the table holds, oldest first. */
async function streamRecords(): Promise<StreamRecord[]> {
  const { Table } = await book.table.client.send(new DescribeTableCommand({ TableName: book.table.tableName }));
  const StreamArn = Table?.LatestStreamArn;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const records: StreamRecord[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const start = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
    );
    for (let ShardIterator = start.ShardIterator; ShardIterator !== undefined;) {
      const page = await streams.send(new GetRecordsCommand({ ShardIterator }));
      records.push(...((page.Records ?? []) as StreamRecord[]));
      ShardIterator = (page.Records ?? []).length === 0 ? undefined : page.NextShardIterator;
    }
  }
  return records.filter((record) => isOf("log", record) || isOf("log-copy", record));
}
/** Hands the stream's new entries to the consumer. */
const deliver = async (Records: readonly unknown[]) => book.invoke("functions/stream/file-log-entries.ts", { Records });

const entries = async (id: string, query: Record<string, string> = {}, token = book.token) =>
  (await allPages(book, "listLog", { params: { id }, query }, { token })).items;
const kinds = (items: { type: string; node: { name: string } }[]) =>
  items.map(({ type, node }) => `${type} ${node.name}`);

test("every change is in the log of its reseller at once, newest first, with who did it and what changed", async () => {
  const { reseller, "end-customer": customer } = await book.line();
  const keyOf = await book.key(reseller.id);
  const options = { token: keyOf.token };
  const changed = await book.patch(customer.id, { city: "Bern", space: { limitBytes: 5 } }, options);
  await book.ok("deactivateCustomer", { params: { id: customer.id } }, options);
  await book.ok("activateCustomer", { params: { id: customer.id } }, options);
  await book.ok("updateSettings", { params: { id: customer.id }, body: { throttle: { mode: "inherit" } } }, options);
  const second = await book.key(customer.id, "viewer");
  await book.ok("revokeApiKey", { params: { id: second.id } }, options);
  await book.remove(customer, options);
  const items = await entries(reseller.id);
  expect(kinds(items)).toEqual([
    `CustomerDeleted ${customer.name}`,
    `ApiKeyRevoked ${second.name}`,
    `ApiKeyCreated ${second.name}`,
    `SettingsUpdated ${customer.name}`,
    `CustomerActivated ${customer.name}`,
    `CustomerDeactivated ${customer.name}`,
    `CustomerUpdated ${customer.name}`,
    `ApiKeyCreated ${keyOf.name}`,
    expect.stringMatching(/^CustomerCreated/),
    `CustomerCreated ${customer.name}`,
    `CustomerCreated ${reseller.name}`,
  ]);
  const update = items[6];
  expect(update).toMatchObject({
    node: { id: customer.id, level: "end-customer", name: customer.name },
    actor: { kind: "apiKey", id: keyOf.id },
    requestId: changed.headers["x-request-id"],
  });
  expect(Math.abs(Date.parse(update.at) - Date.parse(changed.body.updatedAt))).toBeLessThan(1_000);
  expect(update.changes).toContainEqual({ path: "city", before: null, after: "Bern" });
  expect(update.changes).toHaveLength(2);
  expect(items.map(({ id }) => id)).toEqual(
    items
      .map(({ id }) => id)
      .sort()
      .toReversed(),
  );
});

test("names what changed as the API does, not as the table does", async () => {
  const { reseller, "end-customer": customer } = await book.line();
  const body = { space: { limitBytes: 5_000, softLimitBytes: 4_000 }, licences: { limit: 3 } };
  await book.ok("updateCustomer", { params: { id: customer.id }, body });
  const { items } = await book.ok("listLog", { params: { id: reseller.id }, query: { limit: "1" } });
  expect(items[0].changes).toHaveLength(3);
  for (const [path, after] of [
    ["space.limitBytes", 5_000],
    ["space.softLimitBytes", 4_000],
    ["licences.limit", 3],
  ] as const)
    expect(items[0].changes).toContainEqual({ path, before: null, after });
});

test("a change that was refused, or tried out, is in no log", async () => {
  const { reseller, distributor } = await book.line();
  await book.tryCreate(reseller.id, { name: reseller.name });
  await book.ok("createCustomer", { body: book.input({ parentId: reseller.id }), query: { dryRun: "true" } });
  expect(await entries(reseller.id)).toHaveLength(3);
  expect(await entries(distributor.id)).toHaveLength(1);
});

test("of one node shows what happened to it alone", async () => {
  const { reseller, "end-customer": customer } = await book.line();
  await book.patch(customer.id, { city: "Bern" });
  await book.patch(reseller.id, { city: "Basel" });
  expect(kinds(await entries(customer.id, { only: "node" }))).toEqual([
    `CustomerUpdated ${customer.name}`,
    `CustomerCreated ${customer.name}`,
  ]);
  expect(kinds(await entries(reseller.id, { only: "node", limit: "1" }))).toEqual([
    `CustomerUpdated ${reseller.name}`,
    `CustomerCreated ${reseller.name}`,
  ]);
  expectRefusal(
    await book.call("listLog", { params: { id: reseller.id }, query: { only: "tree" } }),
    400,
    "invalid_request",
    "only",
  );
});

describe("the stream's consumer", () => {
  test("files each entry in the logs of every other level of its chain, however often it comes", async () => {
    const line = await book.line();
    await book.patch(line.site.id, { city: "Bern" });
    const records = await streamRecords();
    expect(records.length).toBeGreaterThan(5);
    for (let time = 0; time < 3; time += 1) await deliver(records);
    const last = `CustomerUpdated ${line.site.name}`;
    const expected = {
      site: [last, `CustomerCreated ${line.site.name}`],
      "end-customer": [last, `CustomerCreated ${line.site.name}`, `CustomerCreated ${line["end-customer"].name}`],
      reseller: 4,
      "sub-distributor": 5,
      distributor: 6,
    } as const;
    for (const [level, wanted] of Object.entries(expected)) {
      const found = kinds(await entries(line[level as keyof typeof expected].id));
      expect(found[0]).toBe(last);
      if (typeof wanted === "number") expect(found).toHaveLength(wanted);
      else expect(found).toEqual(wanted);
      expect(new Set(found).size).toBe(found.length);
    }
    expect(kinds(await entries(book.provider.id)).slice(0, 6)).toEqual(kinds(await entries(line.distributor.id)));
    // Copies are no entries of their own: the node's history has each once.
    expect(await entries(line.site.id, { only: "node" })).toHaveLength(2);
    // Fed with the copies, it makes no copies of them.
    const again = (await streamRecords()).slice(records.length);
    expect(again.length).toBeGreaterThan(0);
    const before = (await streamRecords()).length;
    await deliver(again);
    expect(await streamRecords()).toHaveLength(before);
  });

  test("leaves other branches alone", async () => {
    const [one, other] = [await book.line(), await book.line()];
    await deliver(await streamRecords());
    const seen = new Set((await entries(one.distributor.id)).map(({ node }) => node.id));
    for (const { id } of Object.values(one)) expect(seen).toContain(id);
    for (const { id } of Object.values(other)) expect(seen).not.toContain(id);
  });

  test("throws where a record fails, so that the batch comes again", async () => {
    const line = await book.line();
    const records = await streamRecords();
    const logs = records.filter((record) => isOf("log", record)).slice(-3);
    book.runtime.client.middlewareStack.add(
      (next, context) => (args) => {
        if (context["commandName"] === "PutItemCommand")
          throw Object.assign(new Error("gone"), { name: "InternalServerError" });
        return next(args);
      },
      { step: "initialize", name: "failPuts" },
    );
    await expect(deliver(logs)).rejects.toThrow("3 of 3 changes");
    book.runtime.client.middlewareStack.remove("failPuts");
    await deliver(logs);
    expect(kinds(await entries(line.site.id))).toEqual([`CustomerCreated ${line.site.name}`]);
  });

  test("is made up for by a sweep where it never got an entry, or ended before it was through", async () => {
    const sweep = () => book.invoke("functions/schedule/sweep-log-copies.ts", {}) as Promise<{ filed: number }>;
    book.advance(16 * 60_000);
    await sweep();
    const line = await book.line();
    const logs = (await streamRecords()).filter((record) => isOf("log", record)).slice(-5);
    // One consumer dies once the copies are filed, before the timer is gone.
    book.runtime.client.middlewareStack.add(
      (next, context) => (args) => {
        if (context["commandName"] === "UpdateItemCommand") throw new Error("killed");
        return next(args);
      },
      { step: "initialize", name: "die" },
    );
    await expect(deliver(logs.slice(-1))).rejects.toThrow();
    book.runtime.client.middlewareStack.remove("die");
    expect(await sweep()).toEqual({ filed: 0 });
    book.advance(16 * 60_000);
    expect(await sweep()).toEqual({ filed: 5 });
    expect(kinds(await entries(line.site.id))).toEqual([`CustomerCreated ${line.site.name}`]);
    expect(kinds(await entries(line.distributor.id))).toHaveLength(5);
    expect(await sweep()).toEqual({ filed: 0 });
    book.advance(-32 * 60_000);
  });
});

test("pages run across months, also empty ones, and each entry comes once", async () => {
  const { reseller } = await book.line();
  const made: string[] = [];
  const add = async (count: number) => {
    for (let index = 0; index < count; index += 1) made.unshift((await book.create(reseller.id)).name);
  };
  await add(3);
  book.advance(31 * dayMs);
  await add(4);
  book.advance(200 * dayMs);
  await add(2);
  book.advance(400 * dayMs);
  for (const limit of ["1", "2", "3", "4", "50"]) {
    const items = await entries(reseller.id, { limit });
    expect(kinds(items).slice(0, 9)).toEqual(made.map((name) => `CustomerCreated ${name}`));
    expect(items).toHaveLength(12);
  }
  book.advance(3 * 365 * dayMs);
  expect(await entries(reseller.id, { limit: "5" })).toHaveLength(12);
  book.advance(-(31 + 200 + 400 + 3 * 365) * dayMs);
});
