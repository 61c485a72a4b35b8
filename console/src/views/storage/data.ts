import type { QueryClient } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";

export type Server = Output<"listStorageServers">["items"][number];
export type Migration = Output<"listSeedMigrations">["items"][number];

/** Reads all pages of a list that is short. */
async function all<Row>(
  read: (cursor: string | undefined) => Promise<{ items: readonly Row[]; nextCursor: string | null }>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    rows.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}
const from = (cursor: string | undefined) => ({ limit: 200, ...(cursor !== undefined && { cursor }) });

/** A customer's storage servers. */
export const serversQuery = (customerId: string) => ({
  queryKey: ["storage", "servers", customerId],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    all((cursor) => tenantry.listStorageServers({ query: { customerId, ...from(cursor) }, signal })),
});
/** The servers that a customer can choose: its own and those of the levels above that are seen. */
export const choicesQuery = (node: Node) => ({
  queryKey: ["storage", "choices", node.id],
  queryFn: async ({ signal }: { signal: AbortSignal }) => {
    const lists = await Promise.all(
      node.path.map(({ id }) =>
        all((cursor) => tenantry.listStorageServers({ query: { customerId: id, ...from(cursor) }, signal })),
      ),
    );
    return lists.flat();
  },
});
export const choiceQuery = (id: string) => ({
  queryKey: ["storage", "choice", id],
  queryFn: ({ signal }: { signal: AbortSignal }) => tenantry.getStorageServerChoice({ params: { id }, signal }),
});
export const replicationQuery = (id: string) => ({
  queryKey: ["storage", "replication", id],
  queryFn: ({ signal }: { signal: AbortSignal }) => tenantry.getReplication({ params: { id }, signal }),
  retry: false,
});
export const migrationsQuery = (customerId: string) => ({
  queryKey: ["storage", "migrations", customerId],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    all((cursor) => tenantry.listSeedMigrations({ query: { customerId, ...from(cursor) }, signal })),
});

export const refreshStorage = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: ["storage"] });
