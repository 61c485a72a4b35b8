import pMap from "p-map";
import { type DeletionPreview, noNodes } from "../../domain/life/deletion.ts";
import type { Database } from "../table/database.ts";
import { readDevice } from "./device-records.ts";
import { accountPrefix, devicePrefix, linkedChild, linkPrefix } from "../table/keys.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Item } from "../table/units.ts";

/** Customers that are looked at side by side, and items that one count reads at most. */
const sideBySide = 16;
const itemsAtMost = 20_000;
const pageSize = 500;

/** Everything of one kind in a partition, as far as there is room in the budget. */
async function all(db: Database, budget: { items: number }, pk: string, prefix: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let after: string | undefined; budget.items > 0;) {
    const page = await db.query({ pk, prefix, after, limit: Math.min(pageSize, budget.items) });
    items.push(...page.items);
    budget.items -= Math.max(1, page.items.length);
    after = page.last?.sk;
    if (after === undefined) break;
  }
  return items;
}

const earlier = (one: string | null, other: string | null): string | null =>
  one === null || (other !== null && other < one) ? other : one;

/** Counts what stands below a customer of the caller's branch, for whoever is about to delete it. */
export const branchCountStore = ({ db }: StoreContext) => ({
  /** Nodes by kind, the customer itself among them, with their data. Deleted ones count: they would go as well. Level by level, bounded. */
  async count(customerId: string): Promise<DeletionPreview> {
    const budget = { items: itemsAtMost };
    const nodes = { ...noNodes };
    let [usedBytes, oldestDataAt]: [number, string | null] = [0, null];
    for (let level = [customerId]; level.length > 0 && budget.items > 0;) {
      const below = await pMap(
        level,
        async (id) => {
          const [accounts, devices, ...children] = await Promise.all([
            all(db, budget, id, accountPrefix),
            all(db, budget, id, devicePrefix()),
            all(db, budget, id, linkPrefix({ by: "name" })),
            all(db, budget, id, linkPrefix({ by: "deleted" })),
          ]);
          nodes.customers += 1;
          nodes.accounts += accounts.length;
          for (const device of devices.map(readDevice)) {
            nodes.devices += 1;
            nodes.backupSets += device.setCount;
            usedBytes += device.usedBytes;
            oldestDataAt = earlier(oldestDataAt, device.firstSuccessAt);
          }
          return children.flat().map((item) => linkedChild(String(item["sk"])));
        },
        { concurrency: sideBySide },
      );
      level = below.flat();
    }
    return { nodes, usedBytes, oldestDataAt, complete: budget.items > 0 };
  },
});
