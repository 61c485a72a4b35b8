import { randomUUID } from "node:crypto";
import { BatchWriteCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, expect, test } from "vitest";
import { metered } from "../../../shared/runtime/dynamo.ts";
import { createMeter, itemBytes } from "../../../shared/store/table/units.ts";
import { openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
beforeAll(async () => {
  store = await openStore();
});

const key = (index: number) => ({ pk: `many-${String(index).padStart(4, "0")}`, sk: "@" });
async function fill(count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, index) => ({ PutRequest: { Item: { ...key(index), index } } }));
  for (let start = 0; start < count; start += 25)
    await store.table.documents.send(
      new BatchWriteCommand({ RequestItems: { [store.table.tableName]: all.slice(start, start + 25) } }),
    );
}

test("more than a hundred keys come in the order in which they were asked for, absent ones as undefined", async () => {
  await fill(230);
  const meter = createMeter();
  const wanted = Array.from({ length: 260 }, (_, index) => key(259 - index));
  const found = await metered(meter, () => store.open(meter).getAll(wanted));
  expect(found.map((item) => item?.["index"])).toEqual(
    Array.from({ length: 260 }, (_, index) => (259 - index < 230 ? 259 - index : undefined)),
  );
  // Three batches side by side are one round trip; what is absent costs a unit too.
  expect(meter.costs()).toEqual({ roundTrips: 1, readUnits: 260, writeUnits: 0 });
});

test("a key is read once in a request, also when it is asked for twice at once", async () => {
  const meter = createMeter();
  const db = store.open(meter);
  await metered(meter, async () => {
    db.prefetch([key(1), key(1), key(2)]);
    await Promise.all([db.get(key(1)), db.getAll([key(1), key(2)])]);
    await db.get(key(2));
  });
  expect(meter.costs()).toEqual({ roundTrips: 1, readUnits: 2, writeUnits: 0 });
});

test("a query that was begun ahead is read once, and not waited for; another one is read by itself", async () => {
  const meter = createMeter();
  const db = store.open(meter);
  const pk = key(1).pk;
  await metered(meter, async () => {
    db.prefetchQuery({ pk, limit: 5 });
    db.prefetchQuery({ pk, limit: 5 });
    const [page, other, item] = await Promise.all([
      db.query({ pk, limit: 5 }),
      db.query({ pk, limit: 5, newestFirst: true }),
      db.get(key(1)),
    ]);
    expect([page.items.length, other.items.length]).toEqual([1, 1]);
    expect(page.items).toEqual([item]);
    expect(await db.query({ pk, limit: 5 })).toBe(page);
  });
  expect(meter.costs()).toEqual({ roundTrips: 1, readUnits: 3, writeUnits: 0 });
});

test("a query that was begun ahead and fails is told to who asks for it, and to nobody else", async () => {
  const db = store.open();
  store.client.middlewareStack.add(
    (next, context) => (args) => {
      if (context["commandName"] === "QueryCommand") throw new Error("not today");
      return next(args);
    },
    { step: "initialize", name: "notToday" },
  );
  db.prefetchQuery({ pk: key(1).pk, limit: 5 });
  db.prefetchQuery({ pk: key(2).pk, limit: 5 });
  await expect(db.query({ pk: key(1).pk, limit: 5 })).rejects.toMatchObject({ code: "unavailable" });
  store.client.middlewareStack.remove("notToday");
});

/** Takes keys out of the next answers of BatchGetItem, as a busy table does. */
function withhold(rounds: number, keep: number): () => number {
  let batches = 0;
  store.client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (context["commandName"] !== "BatchGetItemCommand") return answer;
      batches += 1;
      if (batches > rounds) return answer;
      const output = answer.output as unknown as {
        Responses: Record<string, { pk: string; sk: string }[]>;
        UnprocessedKeys: Record<string, { Keys: { pk: string; sk: string }[] }>;
      };
      const items = output.Responses[store.table.tableName] ?? [];
      const left = items.splice(keep);
      output.UnprocessedKeys = { [store.table.tableName]: { Keys: left.map(({ pk, sk }) => ({ pk, sk })) } };
      return answer;
    },
    { step: "finalizeRequest", name: "withhold", override: true },
  );
  return () => batches;
}

test("keys that a batch leaves unprocessed are asked for again, and the others are not", async () => {
  const batches = withhold(2, 3);
  const meter = createMeter();
  const wanted = Array.from({ length: 10 }, (_, index) => key(index));
  const found = await metered(meter, () => store.open(meter).getAll(wanted));
  store.client.middlewareStack.remove("withhold");
  expect(found.map((item) => item?.["index"])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(batches()).toBe(3);
  expect(meter.costs()).toEqual({ roundTrips: 3, readUnits: 10, writeUnits: 0 });
});

test("a batch that never gets through is unavailable, not absent", async () => {
  const batches = withhold(Infinity, 0);
  const answer = await store
    .open()
    .get(key(1))
    .catch((error: unknown) => error);
  store.client.middlewareStack.remove("withhold");
  expect(answer).toMatchObject({ code: "unavailable", retryAfter: 1 });
  expect(batches()).toBeGreaterThan(3);
});

test("the same client token twice is one effect and a success, on which a lost answer without idempotency key relies", async () => {
  const Key = { pk: "token", sk: "@" };
  const command = (by: number, ClientRequestToken: string) =>
    new TransactWriteCommand({
      ClientRequestToken,
      TransactItems: [
        {
          Update: {
            TableName: store.table.tableName,
            Key,
            UpdateExpression: "ADD made :by",
            ExpressionAttributeValues: { ":by": by },
          },
        },
        {
          Put: {
            TableName: store.table.tableName,
            Item: { pk: `token-${ClientRequestToken}`, sk: "@" },
            ConditionExpression: "attribute_not_exists(pk)",
          },
        },
      ],
    });
  const token = randomUUID();
  await store.client.send(command(1, token));
  await store.client.send(command(1, token));
  expect((await store.open().get(Key))?.["made"]).toBe(1);
  await expect(store.client.send(command(2, token))).rejects.toMatchObject({
    name: "IdempotentParameterMismatchException",
  });
  await store.client.send(command(1, randomUUID()));
  expect((await store.open().get(Key))?.["made"]).toBe(2);
});

test("a commit whose answer is lost is carried out once", async () => {
  let sent = 0;
  store.client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (context["commandName"] !== "TransactWriteItemsCommand") return answer;
      sent += 1;
      if (sent < 3) throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      return answer;
    },
    { step: "finalizeRequest", priority: "low", name: "lose", override: true },
  );
  const Key = { pk: "lost", sk: "@" };
  const write = { kind: "update", key: Key, set: {}, add: { made: 1 }, when: [] } as const;
  await store.open().commit([write]);
  store.client.middlewareStack.remove("lose");
  expect(sent).toBe(3);
  expect((await store.open().get(Key))?.["made"]).toBe(1);
});

test("a hundred writes are one transaction, and more are refused before any is made", async () => {
  const writes = (count: number, tag: string) =>
    Array.from({ length: count }, (_, index) => ({
      kind: "put" as const,
      key: { pk: `${tag}-${index}`, sk: "@" },
      item: { pk: `${tag}-${index}`, sk: "@" },
      when: [{ exists: false }],
    }));
  await store.open().commit(writes(100, "hundred"));
  await expect(store.open().commit(writes(101, "more"))).rejects.toMatchObject({ name: "ValidationException" });
  expect(await store.open().get({ pk: "hundred-99", sk: "@" })).toBeDefined();
  expect(await store.open().get({ pk: "more-0", sk: "@" })).toBeUndefined();
});

test("a page is complete however large its items are", async () => {
  const db = store.open();
  const text = "x".repeat(300_000);
  const sks = Array.from({ length: 8 }, (_, nth) => `item#${nth}`);
  await db.putAll(sks.map((sk) => ({ key: { pk: "large", sk }, item: { text } })));
  const page = async (more: object) => {
    const { items, last } = await db.query({ pk: "large", limit: 7, ...more });
    return [items.map(({ sk }) => sk), last?.sk];
  };
  expect(await page({})).toEqual([sks.slice(0, 7), "item#6"]);
  expect(await page({ limit: 200 })).toEqual([sks, undefined]);
  expect(await page({ after: "item#1", newestFirst: true })).toEqual([["item#0"], undefined]);
  expect(await page({ newestFirst: true, limit: 5 })).toEqual([sks.slice(3).toReversed(), "item#3"]);
});

test("a query gives its page, and goes on after a sort key that is gone", async () => {
  const db = store.open();
  const sks = ["a#1", "a#2", "a#3", "a#4", "b#1"];
  await db.putAll(sks.map((sk) => ({ key: { pk: "query", sk }, item: { sk } })));
  const page = async (more: object) => (await db.query({ pk: "query", limit: 10, ...more })).items.map(({ sk }) => sk);
  expect(await page({ prefix: "a#" })).toEqual(["a#1", "a#2", "a#3", "a#4"]);
  expect(await page({ prefix: "a#", after: "a#25" })).toEqual(["a#3", "a#4"]);
  expect(await page({ prefix: "a#", after: "a#2", limit: 1 })).toEqual(["a#3"]);
  expect(await page({ until: "a#3" })).toEqual(["a#1", "a#2", "a#3"]);
  expect(await page({ newestFirst: true, limit: 2 })).toEqual(["b#1", "a#4"]);
  expect(itemBytes({ pk: "query", sk: "a#1" })).toBe(12);
});
