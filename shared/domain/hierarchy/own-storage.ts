import * as z from "zod";
import { CustomerId, SeedMigrationId, StorageServerId } from "../terms/ids.ts";
import { clockTime } from "../terms/settings.ts";

/** A storage server, and the customer whose it is. */
export const ServerRef = z.object({ id: StorageServerId, customerId: CustomerId });
export type ServerRef = z.infer<typeof ServerRef>;

const at = clockTime.meta({ description: "Time of day, in the customer's time zone", examples: ["01:00"] });

/** When data are copied to a second server. */
export const ReplicationSchedule = z
  .discriminatedUnion("frequency", [
    z.strictObject({
      frequency: z.literal("hourly"),
      everyHours: z
        .literal([1, 2, 3, 4, 6, 8, 12])
        .meta({ description: "Counted from midnight in the customer's time zone" }),
    }),
    z.strictObject({ frequency: z.literal("daily"), at }),
    z.strictObject({
      frequency: z.literal("weekly"),
      weekday: z.int().min(1).max(7).meta({ description: "1 (Monday) to 7 (Sunday)" }),
      at,
    }),
  ])
  .meta({ id: "ReplicationSchedule" });
export type ReplicationSchedule = z.infer<typeof ReplicationSchedule>;

export const ReplicationState = z.enum(["on", "off", "no-target", "same-server"]).meta({
  description:
    "no-target: it is enabled and no level names a server; same-server: the server is the one that the data lie on, so nothing is copied",
});
export type ReplicationState = z.infer<typeof ReplicationState>;

/** What a customer says itself of replication (L9), for itself and those below. null: what the level above says. */
export const OwnReplication = z.object({
  enabled: z.boolean().nullable(),
  server: ServerRef.nullable(),
  schedule: ReplicationSchedule.nullable(),
});
export type OwnReplication = z.infer<typeof OwnReplication>;

/** What a customer's record holds of the storage that it brings itself (S6). */
export const ownStorageFields = {
  /** The storage server that it has chosen, for itself and those below. */
  storageServer: ServerRef.nullable().default(null),
  replication: OwnReplication.nullable().default(null),
  /** The seed migration of its data that has not ended. */
  seedMigrationId: SeedMigrationId.nullable().default(null),
};

interface Pointing {
  storageServer: ServerRef | null;
  replication: OwnReplication | null;
}

/** How much more or less points to a server, by the names of its counters. */
export interface ServerCount {
  server: ServerRef;
  add: Record<string, number>;
}

/** How a change of a customer's record changes the counts of what points to each server. null: a record that is not there. */
export function serverCounts(before: Pointing | null, after: Pointing | null): ServerCount[] {
  const counts = new Map<string, ServerCount>();
  const count = (server: ServerRef | null | undefined, counter: string, by: number): void => {
    if (!server) return;
    const known = counts.get(server.id) ?? { server, add: {} };
    known.add[counter] = (known.add[counter] ?? 0) + by;
    counts.set(server.id, known);
  };
  for (const [record, by] of [
    [before, -1],
    [after, 1],
  ] as const) {
    count(record?.storageServer, "chosenBy", by);
    count(record?.replication?.server, "replicationTargetOf", by);
  }
  return [...counts.values()]
    .map(({ server, add }) => ({ server, add: Object.fromEntries(Object.entries(add).filter(([, by]) => by !== 0)) }))
    .filter(({ add }) => Object.keys(add).length > 0);
}
