import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { serverCounts, type ServerRef } from "../../domain/hierarchy/own-storage.ts";
import { storageServerKey } from "../table/keys.ts";
import type { Database } from "../table/database.ts";
import type { Write } from "../table/writes.ts";

/** The write that counts what points to a storage server, as long as that is there. */
export const countServer = ({ customerId, id }: ServerRef, add: Record<string, number>): Write => ({
  kind: "update",
  key: storageServerKey(customerId, id),
  set: {},
  add,
  when: [{ exists: true }],
});

/** The writes that count what points to storage servers, after a change of a customer's record. */
export const countServers = (before: CustomerRecord, after: CustomerRecord): Write[] =>
  serverCounts(before, after).map(({ server, add }) => countServer(server, add));

/** The writes for a customer that is removed for good. @param there ids of the servers that have not been removed with their own customer */
export const leaveServers = (record: CustomerRecord, there: ReadonlySet<string>): Write[] =>
  serverCounts(record, null)
    .filter(({ server }) => there.has(server.id))
    .map(({ server, add }) => countServer(server, add));

/** The ids of those servers that are still there: a customer may have been moved away from the one whose server it uses. */
export async function serversThere(db: Database, servers: readonly ServerRef[]): Promise<ReadonlySet<string>> {
  const items = await db.getAll(servers.map(({ customerId, id }) => storageServerKey(customerId, id)));
  return new Set(servers.filter((_, index) => items[index] !== undefined).map(({ id }) => id));
}
/** The servers that a customer's record points to. */
export const serversOf = (record: CustomerRecord): ServerRef[] =>
  serverCounts(record, null).map(({ server }) => server);
