import * as z from "zod";
import type { Chain } from "../hierarchy/customer.ts";
import { effectiveServer, usesCloud } from "../hierarchy/effective-server.ts";
import { DomainError } from "../terms/errors.ts";
import { CustomerId, StorageServerId } from "../terms/ids.ts";
import { line } from "../terms/text.ts";
import { AgentVersion } from "../terms/versions.ts";

/** A server that has not checked in for so long counts as offline. */
const offlineMs = 15 * 60_000;

const bytes = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const url = z
  .url({ protocol: /^https$/, error: "must be a https URL" })
  .max(500)
  .meta({
    description: "Where agents reach it. Not an address of a private network, which agents elsewhere could not reach",
    examples: ["https://vault.olivia.example"],
  });

/** A storage server as it is created: the owner's own, for software-only customers (S6). */
export const StorageServerInput = z
  .strictObject({
    customerId: CustomerId.meta({
      description: "Whose it is. It can be chosen by this customer and by those below it",
    }),
    name: line(200),
    url,
    capacityBytes: bytes.nullish().meta({ description: "null: not known" }),
  })
  .meta({ id: "StorageServerInput" });
export const StorageServerPatch = StorageServerInput.omit({ customerId: true })
  .partial()
  .meta({ id: "StorageServerPatch" });

/** What a server says of itself. */
export const CheckIn = z
  .strictObject({
    usedBytes: bytes,
    capacityBytes: bytes.optional().meta({ description: "Where it knows better than what is on record" }),
    softwareVersion: AgentVersion.optional(),
  })
  .meta({ id: "StorageServerCheckIn" });
export type CheckIn = z.infer<typeof CheckIn>;

/** A storage server as it is stored. */
export const StorageServerRecord = z.object({
  id: StorageServerId,
  version: z.int(),
  customerId: CustomerId,
  name: z.string(),
  url: z.string(),
  capacityBytes: z.int().nullable().default(null),
  usedBytes: z.int().nullable().default(null),
  softwareVersion: z.string().nullable().default(null),
  lastSeenAt: z.string().nullable().default(null),
  chosenBy: z.int().default(0).meta({ description: "Customers that have chosen it" }),
  replicationTargetOf: z.int().default(0).meta({ description: "Customers that have chosen it to copy data to" }),
  openMigrations: z.int().default(0).meta({ description: "Seed migrations from it or to it that have not ended" }),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type StorageServerRecord = z.infer<typeof StorageServerRecord>;

/** A storage server as the API shows it. */
export const StorageServer = StorageServerRecord.extend({
  state: z.enum(["new", "online", "offline"]).meta({
    description: "new: it has never checked in; offline: it has not for 15 minutes",
  }),
  freeBytes: z.int().nullable(),
}).meta({ id: "StorageServer" });
export type StorageServer = z.infer<typeof StorageServer>;

export const presentServer = (record: StorageServerRecord, nowMs: number): StorageServer => ({
  ...record,
  state: record.lastSeenAt === null ? "new" : nowMs - Date.parse(record.lastSeenAt) > offlineMs ? "offline" : "online",
  freeBytes:
    record.capacityBytes === null || record.usedBytes === null
      ? null
      : Math.max(0, record.capacityBytes - record.usedBytes),
});

/** The server that a customer's devices store on, and the level that has chosen it; null: none has. */
export const ServerChoice = z
  .object({
    storageServerId: StorageServerId.nullable().meta({
      description: "Chosen by this customer itself; null: inherited",
    }),
    effective: z.object({ id: StorageServerId, level: z.string() }).nullable().meta({
      description: "What applies: its own choice, or the nearest above; null also for an all-inclusive customer",
    }),
  })
  .meta({ id: "StorageServerChoice" });

/** The server that applies to the first of a chain, nearest first. */
export function chosenServer(chain: Chain): z.infer<typeof ServerChoice> {
  const server = effectiveServer(chain);
  return {
    storageServerId: chain[0].storageServer?.id ?? null,
    effective: server && { id: server.id, level: server.level },
  };
}

/** @throws DomainError not_available_for_cloud_storage where the data lie in the provider's storage */
export function refuseCloud(chain: Chain): void {
  if (usesCloud(chain))
    throw new DomainError(
      "not_available_for_cloud_storage",
      "The customer is all-inclusive: its data lie in the provider's storage. This is for software-only customers.",
    );
}
