import * as z from "zod";
import type { Chain } from "../hierarchy/customer.ts";
import { effectiveServer } from "../hierarchy/effective-server.ts";
import { effectiveReplication } from "../hierarchy/effective-replication.ts";
import { ReplicationSchedule, ReplicationState } from "../hierarchy/own-storage.ts";
import { DomainError } from "../terms/errors.ts";
import { StorageServerId } from "../terms/ids.ts";

/** What a caller says of a customer's replication: the whole of it. */
export const ReplicationInput = z
  .strictObject({
    enabled: z.boolean().nullish().meta({ description: "Whether data are copied to a second server" }),
    storageServerId: StorageServerId.nullish().meta({
      description: "The server that data are copied to: one of the customer or of a level above",
    }),
    schedule: ReplicationSchedule.nullish(),
  })
  .meta({ id: "ReplicationInput", description: "What is null or absent is inherited" });

const from = <T extends z.ZodType>(value: T) =>
  z.object({ value, level: z.string().meta({ description: "That says so; default: no level does" }) });

/** Replication of a customer's data to a second storage server (L9). */
export const Replication = z
  .object({
    own: z
      .object({
        enabled: z.boolean().nullable(),
        storageServerId: StorageServerId.nullable(),
        schedule: ReplicationSchedule.nullable(),
      })
      .meta({ description: "What this customer says itself; null: inherited" }),
    effective: z
      .object({
        enabled: from(z.boolean()),
        storageServerId: from(StorageServerId.nullable()),
        schedule: from(ReplicationSchedule),
      })
      .meta({ description: "What applies: of each the customer's own, or the nearest above" }),
    state: ReplicationState,
    timezone: z.string().meta({ description: "The customer's, which the schedule is in" }),
    nextAt: z.string().nullable().meta({ description: "When data are to be copied next; null: they are not" }),
  })
  .meta({ id: "Replication" });
export type Replication = z.infer<typeof Replication>;

/** Replication of the first of a chain, as the API shows it. */
export function presentReplication(chain: Chain, nowMs: number): Replication {
  const { enabled, server, schedule, state, timezone, nextAt } = effectiveReplication(chain, nowMs);
  const own = chain[0].replication;
  return {
    own: {
      enabled: own?.enabled ?? null,
      storageServerId: own?.server?.id ?? null,
      schedule: own?.schedule ?? null,
    },
    effective: {
      enabled,
      storageServerId: { value: server.value?.id ?? null, level: server.level },
      schedule,
    },
    state,
    timezone,
    nextAt,
  };
}

/** @throws DomainError replication_to_itself where the first of a chain itself names the server that its data lie on */
export function refuseSameServer(chain: Chain): void {
  const target = chain[0].replication?.server?.id;
  if (target !== undefined && target === effectiveServer(chain)?.id)
    throw new DomainError(
      "replication_to_itself",
      `The customer's data lie on ${target} already; choose another server to copy them to.`,
    );
}
