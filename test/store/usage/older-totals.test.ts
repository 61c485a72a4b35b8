import { beforeAll, expect, test } from "vitest";
import { customerKey, totalsKey } from "../../../shared/store/table/keys.ts";
import { insert } from "../../../shared/store/table/writes.ts";
import { rollUpTotals, Totals } from "../../../shared/store/usage/roll-up.ts";
import { openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
beforeAll(async () => {
  store = await openStore();
});

const [parentId, customerId] = ["cus_0000000000000000000000000P", "cus_0000000000000000000000000C"];
const bring = (sequence: string, usedBytes: number) =>
  rollUpTotals(() => store.open(), Math.random, parentId, [
    {
      sequence,
      customerId,
      parentId,
      totals: Totals.parse({ usedBytes }),
    },
  ]);

test("totals that come behind newer ones of the same customer are left out", async () => {
  await store.open().commit([insert(customerKey(parentId), { kind: "customer", usedBytes: 0 })]);
  const known = async () => {
    const [parent, totals] = await store.open().getAll([customerKey(parentId), totalsKey(parentId, customerId)]);
    return [parent?.["usedBytes"], totals?.["usedBytes"], totals?.["sequence"]];
  };
  expect(await bring("200", 50)).toBe(1);
  expect(await known()).toEqual([50, 50, "200"]);
  // A batch that was read earlier arrives later, as after a consumer that hung; its numbers are shorter, not only smaller.
  expect(await bring("90", 10)).toBe(0);
  expect(await known()).toEqual([50, 50, "200"]);
  // The same once more, as after a lost answer.
  expect(await bring("200", 50)).toBe(0);
  expect(await bring("1000", 60)).toBe(1);
  expect(await known()).toEqual([60, 60, "1000"]);
});
