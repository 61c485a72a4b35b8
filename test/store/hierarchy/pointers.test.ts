import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import type { Chain, CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import { createIdSource } from "../../../shared/runtime/ids.ts";
import { hintsMended } from "../../../shared/store/hierarchy/chain.ts";
import { pointerKey } from "../../../shared/store/table/keys.ts";
import { findPointer, insertPointer, loadPlace } from "../../../shared/store/hierarchy/pointers.ts";
import { Stale } from "../../../shared/store/table/writes.ts";
import { putCustomer, putLine } from "../stages/line.ts";
import { contextOf, openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
let line: readonly [CustomerRecord, CustomerRecord, CustomerRecord];
beforeAll(async () => {
  store = await openStore();
  line = await putLine(store);
});

const ids = createIdSource();
const freshId = (): string => ids.id("service", Date.now());
async function pointed(chain: Chain = line): Promise<string> {
  const id = freshId();
  await store.open().commit([insertPointer(id, chain)]);
  return id;
}
const load = (id: string, scopeId: string, live = false) =>
  loadPlace(contextOf(store.open(), scopeId), id, "service", live, ({ customerId }) => Promise.resolve(customerId));
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: Error & { code: string }) => ({ code: error.code, message: error.message }),
  );
const gone = { code: "not_found", message: "No such service." };

describe("a pointer", () => {
  test("tells where something lives, to every level above", async () => {
    const id = await pointed();
    for (const { id: scope } of line) {
      const { chain, pointer, read } = await load(id, scope);
      expect(chain.map((record) => record.id)).toEqual(line.map((record) => record.id));
      expect([pointer.customerId, read]).toEqual([line[0].id, line[0].id]);
    }
  });

  test("outside of the caller's branch is answered like one that does not exist", async () => {
    const id = await pointed();
    const beside = await putLine(store);
    for (const scope of [beside[0].id, beside[1].id, freshId()]) expect(await refusalOf(load(id, scope))).toEqual(gone);
    expect(await refusalOf(load(freshId(), line[1].id))).toEqual(gone);
  });

  test("is written once", async () => {
    const id = await pointed();
    const beside = await putLine(store);
    await expect(store.open().commit([insertPointer(id, beside)])).rejects.toBeInstanceOf(Stale);
    expect(await findPointer(store.open(), id)).toMatchObject({ customerId: line[0].id });
    expect(await findPointer(store.open(), freshId())).toBeNull();
  });

  test("whose hint is wrong still leads to the true chain, and is mended", async () => {
    const beside = await putLine(store);
    const truth = line.slice(1).map(({ id }) => id);
    for (const wrong of [[], [beside[1].id, beside[2].id], truth.slice(1), [...truth, beside[2].id]]) {
      const id = await pointed();
      await store.table.documents.send(
        new UpdateCommand({
          TableName: store.table.tableName,
          Key: pointerKey(id),
          UpdateExpression: "SET ancestors = :wrong",
          ExpressionAttributeValues: { ":wrong": wrong },
        }),
      );
      expect((await load(id, line[1].id)).chain.map((record) => record.id)).toEqual(line.map((record) => record.id));
      await hintsMended();
      expect((await findPointer(store.open(), id))?.ancestors).toEqual(truth);
      // What it wrongly says gives nobody a view of it.
      if (wrong[0] === beside[1].id) expect(await refusalOf(load(id, beside[1].id))).toEqual(gone);
    }
  });

  test("below something deleted serves those above it for reading, and nobody for a change", async () => {
    const [customer, reseller, provider] = await putLine(store);
    const id = await pointed([customer, reseller, provider]);
    await putCustomer(store, { ...reseller, deletedAt: new Date().toISOString() });
    expect((await load(id, provider.id)).read).toBe(customer.id);
    expect(await refusalOf(load(id, provider.id, true))).toMatchObject({ code: "customer_deleted" });
    for (const scope of [customer.id, reseller.id])
      expect(await refusalOf(load(id, scope))).toMatchObject({ code: "unauthenticated" });
  });

  test("to a customer that is gone is answered like one that does not exist", async () => {
    const [customer, reseller, provider] = line;
    const id = await pointed([{ ...customer, id: ids.id("customer", Date.now()) }, reseller, provider]);
    expect(await refusalOf(load(id, provider.id))).toEqual(gone);
  });
});
