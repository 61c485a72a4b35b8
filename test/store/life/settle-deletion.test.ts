import { beforeAll, expect, test } from "vitest";
import { settleDeletion } from "../../../shared/store/hierarchy/deletion-record.ts";
import { deletionKey } from "../../../shared/store/table/keys.ts";
import { insert, Stale } from "../../../shared/store/table/writes.ts";
import { openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
beforeAll(async () => {
  store = await openStore();
});
const begun = async (id: string) => {
  await store.open().commit([insert(deletionKey(id), { kind: "deletion", state: "deleted", version: 1 })]);
  return id;
};
const stateOf = async (id: string) => (await store.open().get(deletionKey(id)))?.["state"];

test("a purge that began from what was deleted then stops where it has been restored meanwhile", async () => {
  const id = await begun("del_1");
  // Both have read `deleted`; the restore commits first.
  const restore = settleDeletion(id, "deleted", { state: "restored", restoredAt: "2030-01-01T00:00:00.000Z" });
  const purge = settleDeletion(id, "deleted", { state: "purging" });
  await store.open().commit(restore);
  await expect(store.open().commit(purge)).rejects.toThrow(Stale);
  expect(await stateOf(id)).toBe("restored");
});

test("a restore that began before a purge did stops where the purge has begun meanwhile", async () => {
  const id = await begun("del_2");
  const restore = settleDeletion(id, "deleted", { state: "restored", restoredAt: "2030-01-01T00:00:00.000Z" });
  await store.open().commit(settleDeletion(id, "deleted", { state: "purging" }));
  await expect(store.open().commit(restore)).rejects.toThrow(Stale);
  expect(await stateOf(id)).toBe("purging");
});
