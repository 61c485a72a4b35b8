import { PutCommand } from "@aws-sdk/lib-dynamodb";
import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { DomainError } from "../../../shared/domain/terms/errors.ts";
import {
  afterUpdate,
  type Condition,
  holds,
  insert,
  mergeUpdates,
  removeWhere,
  replace,
  Stale,
  type Update,
  type Write,
} from "../../../shared/store/table/writes.ts";
import { openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
let serial = 0;
beforeAll(async () => {
  store = await openStore();
});

const nextKey = () => ({ pk: `item-${(serial += 1)}`, sk: "@" });
const put = (Item: Record<string, unknown>) =>
  store.table.documents.send(new PutCommand({ TableName: store.table.tableName, Item }));
const update = (key: Update["key"], more: Partial<Update>): Update => ({
  kind: "update",
  key,
  set: {},
  add: {},
  when: [],
  ...more,
});
/** What a promise was refused with, null where it was not. */
const refusalOf = (promise: Promise<unknown>): Promise<Error | null> =>
  promise.then(
    () => null,
    (error: Error) => error,
  );

const attribute = fc.constantFrom("name", "version", "limit", "expiresAt");
const scalar = fc.oneof(fc.constantFrom("a", "b", "", "1"), fc.integer({ min: -2, max: 3 }), fc.boolean());
const number = fc.oneof(
  fc.integer({ min: -2, max: 3 }),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 0.5),
);
const item = fc.option(
  fc.dictionary(attribute, fc.oneof(scalar, number, fc.constant(null), fc.constant(["a"])), { maxKeys: 4 }),
  { nil: undefined, freq: 5 },
);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ exists: fc.boolean() }),
  fc.record({ freeAt: fc.integer({ min: -2, max: 3 }) }),
  fc.record({ attribute, is: fc.oneof(scalar, number, fc.constant(null)) }),
  fc.record({ attribute, atLeast: number }),
  fc.record({ attribute, atMost: number }),
);

test("a condition holds for an item exactly where DynamoDB carries the write out", { timeout: 120_000 }, async () => {
  const seen = new Set<boolean>();
  await fc.assert(
    fc.asyncProperty(
      item,
      fc.array(condition, { minLength: 1, maxLength: 3 }),
      fc.constantFrom("update", "put", "delete"),
      async (fields, when, kind) => {
        const key = nextKey();
        const stored = fields && { ...fields, ...key };
        if (stored) await put(stored);
        const write: Write =
          kind === "update"
            ? update(key, { set: { touched: true }, when })
            : kind === "put"
              ? { kind, key, item: { ...key, touched: true }, when }
              : { kind, key, when };
        const refused = await refusalOf(store.open().commit([write]));
        if (refused) expect(refused).toBeInstanceOf(Stale);
        expect(refused === null).toBe(holds(when, stored));
        seen.add(refused === null);
        const after = await store.open().get(key);
        if (refused) expect(after).toEqual(stored);
        else if (kind === "delete") expect(after).toBeUndefined();
        else expect(after).toEqual(kind === "put" ? { ...key, touched: true } : { ...stored, ...key, touched: true });
      },
    ),
    { numRuns: 400, seed: 7 },
  );
  expect(seen).toEqual(new Set([true, false]));
});

test("the same condition alone decides an update outside of a transaction", async () => {
  await fc.assert(
    fc.asyncProperty(item, fc.array(condition, { minLength: 1, maxLength: 2 }), async (fields, when) => {
      const key = nextKey();
      const stored = fields && { ...fields, ...key };
      if (stored) await put(stored);
      const written = await store.open().update(update(key, { set: { touched: 1 }, add: { count: 2 }, when }));
      expect(written !== undefined).toBe(holds(when, stored));
      if (written) expect(written).toEqual({ touched: 1, count: 2 });
    }),
    { numRuns: 100, seed: 8 },
  );
});

test("an update leaves the item that is reckoned with for its units", async () => {
  const fields = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.oneof(fc.integer(), fc.constant("x")));
  const set = fc.dictionary(fc.constantFrom("a", "b"), fc.oneof(fc.integer(), fc.constant(null), fc.constant("y")));
  const add = fc.dictionary(fc.constantFrom("n", "m"), fc.integer({ min: -9, max: 9 }));
  await fc.assert(
    fc.asyncProperty(fields, set, add, async (before, changed, added) => {
      fc.pre(Object.keys(changed).length + Object.keys(added).length > 0);
      const key = nextKey();
      const stored = { ...before, n: 5, ...key };
      await put(stored);
      const write = update(key, { set: changed, add: added, when: [{ exists: true }] });
      await store.open().commit([write]);
      expect(await store.open().get(key)).toEqual(afterUpdate(stored, write));
    }),
    { numRuns: 60, seed: 9 },
  );
});

test("updates of one item become one, with all their conditions", async () => {
  const key = nextKey();
  await put({ ...key, version: 1, free: 10, note: "x" });
  const writes = [
    update(key, { set: { version: 2, note: null }, add: { free: -3 }, when: [{ attribute: "version", is: 1 }] }),
    update(key, { set: { name: "n" }, add: { free: -4, used: 4 }, when: [{ attribute: "free", atLeast: 7 }] }),
  ];
  expect(mergeUpdates(writes)).toHaveLength(1);
  await store.open().commit(writes);
  expect(await store.open().get(key)).toEqual({ ...key, version: 2, free: 3, used: 4, name: "n" });
  // The second condition alone fails now.
  const again = [
    update(key, { set: { version: 3 }, when: [{ attribute: "version", is: 2 }] }),
    update(key, { add: { free: -4 }, when: [{ attribute: "free", atLeast: 7 }] }),
  ];
  expect(await refusalOf(store.open().commit(again))).toBeInstanceOf(Stale);
  expect(await store.open().get(key)).toMatchObject({ version: 2, free: 3 });
});

test("two writes of one item that cannot be one are a fault of the program, found before anything is written", async () => {
  const [key, other] = [nextKey(), nextKey()];
  const writes = [insert(other, {}), insert(key, {}), removeWhere(key, "id", 1)];
  expect(() => mergeUpdates(writes)).toThrow("Two writes of one item");
  expect(await refusalOf(store.open().commit(writes))).toBeInstanceOf(Error);
  expect(await store.open().get(other)).toBeUndefined();
});

test("an insert leaves out what is null, and is refused with its own words where the key is taken", async () => {
  const key = nextKey();
  const taken = new DomainError("name_taken", "taken");
  await store.open().commit([insert(key, { a: 1, b: null, c: undefined }, taken)]);
  expect(await store.open().get(key)).toEqual({ ...key, a: 1 });
  expect(await refusalOf(store.open().commit([insert(key, { a: 2 }, taken)]))).toBe(taken);
  expect(await refusalOf(store.open().commit([insert(key, { a: 2 })]))).toBeInstanceOf(Stale);
  await store.open().commit([replace(key, { a: 3 })]);
  expect(await store.open().get(key)).toEqual({ ...key, a: 3 });
  expect(await refusalOf(store.open().commit([replace(nextKey(), { a: 3 })]))).toBeInstanceOf(Stale);
});

test(
  "a rehearsal refuses exactly what a commit refuses, with the same words, and writes nothing",
  { timeout: 120_000 },
  async () => {
    const spoken = [new DomainError("name_taken", "one"), new DomainError("external_ref_taken", "two"), undefined];
    const part = fc.record({
      fields: item,
      when: fc.array(condition, { minLength: 1, maxLength: 2 }),
      says: fc.nat(2),
    });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (parts) => {
        const writes: Write[] = [];
        const keys = [];
        for (const { fields, when, says } of parts) {
          const key = nextKey();
          keys.push(key);
          if (fields) await put({ ...fields, ...key });
          const otherwise = spoken[says];
          writes.push(update(key, { set: { touched: true }, when, ...(otherwise && { otherwise }) }));
        }
        const before = await store.open().getAll(keys);
        const rehearsed = await refusalOf(store.open().rehearse(writes));
        expect(await store.open().getAll(keys)).toEqual(before);
        const committed = await refusalOf(store.open().commit(writes));
        const told = (error: Error | null): string => (error === null ? "nothing" : `${error.name} ${error.message}`);
        expect(told(rehearsed)).toBe(told(committed));
        seen.add(told(committed));
        if (committed) expect(await store.open().getAll(keys)).toEqual(before);
      }),
      { numRuns: 150, seed: 10 },
    );
    expect(seen.size).toBe(4);
  },
);
