import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { type ServerCount, serverCounts } from "../../domain/hierarchy/own-storage.ts";
import { storageServerKey } from "../table/keys.ts";
import type { Database } from "../table/database.ts";
import type { Write } from "../table/writes.ts";

/**
 * The writes that count what points to storage servers. A server that was removed for good with its owner, while customers that had been moved
 * away still pointed to it, counts nothing any more; one that goes in the same moment calls for another look.
 */
export async function countOf(db: Database, counts: readonly ServerCount[]): Promise<Write[]> {
  const keys = counts.map(({ server: { customerId, id } }) => storageServerKey(customerId, id));
  const items = await db.getAll(keys);
  return counts.flatMap(({ add }, index): Write[] => {
    const key = keys[index];
    return key && items[index] ? [{ kind: "update", key, set: {}, add, when: [{ exists: true }] }] : [];
  });
}

/** The same after a change of a customer's record. null: it is removed for good. */
export const countServers = (db: Database, before: CustomerRecord, after: CustomerRecord | null): Promise<Write[]> =>
  countOf(db, serverCounts(before, after));
