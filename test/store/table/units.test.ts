import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { createMeter, type Item, itemBytes, readUnits, writeUnits } from "../../../shared/store/table/units.ts";
import { openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
beforeAll(async () => {
  store = await openStore();
});

const filler = (bytes: number, item: Item): Item => ({
  ...item,
  filler: "x".repeat(bytes - itemBytes({ ...item, filler: "" })),
});

/** What DynamoDB itself counts for a plain write and a consistent read of an item. */
async function counted(item: Item): Promise<{ write: number | undefined; read: number | undefined }> {
  const { documents, tableName: TableName } = store.table;
  const put = await documents.send(new PutCommand({ TableName, Item: item, ReturnConsumedCapacity: "TOTAL" }));
  const got = await documents.send(
    new GetCommand({
      TableName,
      Key: { pk: item["pk"], sk: item["sk"] },
      ConsistentRead: true,
      ReturnConsumedCapacity: "TOTAL",
    }),
  );
  expect(got.Item).toEqual(item);
  return { write: put.ConsumedCapacity?.CapacityUnits, read: got.ConsumedCapacity?.CapacityUnits };
}

test("units change at the very byte at which DynamoDB's do, from 1 to 8 KB", async () => {
  for (let kilobytes = 1; kilobytes <= 8; kilobytes += 1)
    for (const bytes of [kilobytes * 1024 - 1, kilobytes * 1024, kilobytes * 1024 + 1]) {
      const item = filler(bytes, { pk: `size-${bytes}`, sk: "@" });
      expect(itemBytes(item)).toBe(bytes);
      expect(await counted(item), `${bytes} bytes`).toEqual({ write: writeUnits(bytes), read: readUnits(bytes) });
    }
});

test(
  "the size of every kind of value is DynamoDB's own: at the edge one byte more is one unit more",
  { timeout: 60_000 },
  async () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 8 }),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("k", "ключ"), fc.oneof(fc.boolean(), fc.string({ maxLength: 3 })), { maxKeys: 2 }),
    );
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom("a", "größe", "c"), value, { maxKeys: 3 }), async (fields) => {
        const item = { ...fields, pk: `kinds-${(serial += 1)}`, sk: "@" };
        expect((await counted(filler(1024, item))).write).toBe(1);
        expect((await counted(filler(1025, item))).write).toBe(2);
      }),
      { numRuns: 60, seed: 3 },
    );
  },
);

test("calls made side by side are one round trip, those that wait for each other are as many", async () => {
  const meter = createMeter();
  const wait = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));
  await Promise.all([meter.trip(wait(5)), meter.trip(wait(10)), meter.trip(wait(1))]);
  expect(meter.costs().roundTrips).toBe(1);
  // A short call, and a second behind it, while a long one is still under way.
  const long = meter.trip(wait(30));
  await meter.trip(wait(1));
  await meter.trip(wait(1));
  expect(meter.costs().roundTrips).toBe(3);
  await long;
  await meter.trip(wait(1));
  expect(meter.costs().roundTrips).toBe(4);
  await expect(meter.trip(() => Promise.reject(new Error("lost")))).rejects.toThrow("lost");
  await meter.trip(wait(1));
  expect(meter.costs().roundTrips).toBe(6);
});
