import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { serverCounts, type ServerRef } from "../../domain/hierarchy/own-storage.ts";
import { storageServerKey } from "../table/keys.ts";
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

/** The writes for a customer that is removed for good, whose own servers went before it. */
export const leaveServers = (record: CustomerRecord): Write[] =>
  serverCounts(record, null)
    .filter(({ server }) => server.customerId !== record.id)
    .map(({ server, add }) => countServer(server, add));
