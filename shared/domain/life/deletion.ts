import * as z from "zod";
import { DomainError, refuse } from "../terms/errors.ts";
import { AccountId, ApiKeyId, CustomerId, DeletionId, DeviceId, StorageServerId, UserId } from "../terms/ids.ts";
import { Level } from "../terms/levels.ts";

/** What can be deleted. A backup set goes at once; the rest can be restored for a grace period (L7). */
export const DeletionKind = z.enum(["customer", "account", "device", "backup-set"]);
export type DeletionKind = z.infer<typeof DeletionKind>;

/** Nodes by kind. */
export const NodeCounts = z
  .object({ customers: z.int(), accounts: z.int(), devices: z.int(), backupSets: z.int() })
  .meta({ id: "NodeCounts" });
export type NodeCounts = z.infer<typeof NodeCounts>;
export const noNodes: NodeCounts = { customers: 0, accounts: 0, devices: 0, backupSets: 0 };

/** Who did something: a credential, or the product itself (`system`). */
const Actor = z.object({
  kind: z.enum(["apiKey", "user", "account", "device", "server", "system"]),
  id: z.union([ApiKeyId, UserId, AccountId, DeviceId, StorageServerId]).nullable(),
});
export type Actor = z.infer<typeof Actor>;

/** Asking to purge ahead of time, and the approval by a second person. */
const EarlyPurge = z.object({
  reason: z.string(),
  requestedAt: z.string(),
  requestedBy: Actor,
  approvedAt: z.string().nullable(),
  approvedBy: Actor.nullable(),
});
export type EarlyPurge = z.infer<typeof EarlyPurge>;

/** What a deletion has removed from the storage, and what may not be removed yet. */
const StorageRemoval = z
  .object({
    state: z.enum(["none", "pending", "removed", "retained"]).meta({
      description:
        "none: nothing was ordered to be removed (yet); pending: removed a day after the purge, when no leave to back up holds any more; retained: the storage's retention keeps a part until `retainedUntil`",
    }),
    removedObjects: z.int().meta({ description: "Versions of objects" }),
    removedBytes: z.int(),
    retainedObjects: z.int(),
    retainedUntil: z.string().nullable().meta({ description: "When the last of them may be removed" }),
  })
  .meta({ id: "StorageRemoval" });
const nothingRemoved = {
  state: "none",
  removedObjects: 0,
  removedBytes: 0,
  retainedObjects: 0,
  retainedUntil: null,
} as const;

/** One line of the deletion report (L7): kept also when what was deleted has been removed for good. */
export const Deletion = z
  .object({
    id: DeletionId,
    version: z.int(),
    kind: DeletionKind,
    nodeId: z.string().meta({ description: "Id of what was deleted" }),
    name: z.string(),
    level: Level.nullable().meta({ description: "Of a customer" }),
    customerId: CustomerId.meta({
      description: "The customer that was deleted, or whose account, device or set it was",
    }),
    state: z.enum(["deleted", "restored", "purging", "purged"]).meta({
      description: "deleted: can be restored until `purgeAt`; purging: being removed; purged: removed for good",
    }),
    deletedAt: z.string(),
    deletedBy: Actor.meta({ description: "id null: the product itself, or somebody above the caller's branch" }),
    onBehalfOf: z.string().nullable().meta({ description: "For whom, in the words of who deleted it" }),
    purgeAt: z.string().nullable(),
    restoredAt: z.string().nullable(),
    purgedAt: z.string().nullable(),
    usedBytes: z.int().nullable().meta({
      description: "Data of everything below, when it was deleted; null: of a backup set, whose share is not known",
    }),
    deviceCount: z.int().meta({ description: "Devices that counted, when it was deleted" }),
    licences: z.int().meta({ description: "Licences that the deletion gave back" }),
    purge: EarlyPurge.nullable().meta({ description: "Asked for ahead of time" }),
    purged: NodeCounts.meta({ description: "What has been removed for good so far" }),
    storage: StorageRemoval.meta({ description: "What became of the data in the provider's storage" }),
  })
  .meta({ id: "Deletion" });
export type Deletion = z.infer<typeof Deletion>;

/** What a deletion would take along: a dry run counts it. */
export const DeletionPreview = z
  .object({
    nodes: NodeCounts,
    usedBytes: z.int(),
    oldestDataAt: z
      .string()
      .nullable()
      .meta({ description: "When the first backup that is on record below ended; null: there is none" }),
    complete: z.boolean().meta({ description: "false: there is more than was counted" }),
  })
  .meta({ id: "DeletionPreview" });
export type DeletionPreview = z.infer<typeof DeletionPreview>;

type Start = Pick<
  Deletion,
  "id" | "kind" | "nodeId" | "name" | "level" | "customerId" | "onBehalfOf" | "usedBytes" | "deviceCount" | "licences"
>;

/** A deletion that begins now. What cannot be restored (`purgeAt` null) is purged at once. */
export const newDeletion = (start: Start, deletedBy: Actor, deletedAt: string, purgeAt: string | null): Deletion => ({
  ...start,
  version: 1,
  state: purgeAt === null ? "purged" : "deleted",
  deletedAt,
  deletedBy,
  purgeAt,
  restoredAt: null,
  purgedAt: purgeAt === null ? deletedAt : null,
  purge: null,
  purged: noNodes,
  storage: nothingRemoved,
});

/** The answer to whoever wants something of what has been removed for good. */
export const purged = (what: string): DomainError =>
  new DomainError("purged", `The ${what} has been removed for good; it cannot be restored.`);

/**
 * Asks to purge ahead of time. Again by the same, or by somebody else, replaces the request.
 * @throws DomainError purged | not_deleted
 */
export function requestPurge(deletion: Deletion, reason: string, by: Actor, at: string): Deletion {
  refuseSettled(deletion);
  const purge: EarlyPurge = { reason, requestedAt: at, requestedBy: by, approvedAt: null, approvedBy: null };
  return { ...deletion, purge, version: deletion.version + 1 };
}

/**
 * Approves what somebody else has asked for: the purge is due at once, or as soon as the deletion is ten minutes old.
 * @param creatorOf who made a credential, as far as that is known
 * @throws DomainError purged | not_deleted | purge_not_requested | second_person_needed
 */
export function approvePurge(
  deletion: Deletion,
  by: Actor & { createdBy: string | null },
  creatorOfRequester: string | null,
  at: string,
): Deletion {
  refuseSettled(deletion);
  const { purge } = deletion;
  if (purge === null)
    throw new DomainError(
      "purge_not_requested",
      "Nobody has asked to purge this ahead of time; it is purged when due.",
    );
  const requester = purge.requestedBy.id;
  // A credential that one has made oneself is no second person.
  if (by.id === requester || by.createdBy === requester || creatorOfRequester === by.id)
    throw new DomainError(
      "second_person_needed",
      "Whoever asked for the purge cannot approve it, nor can a key of his own making.",
    );
  const { kind, id } = by;
  const purgeAt = new Date(Math.max(Date.parse(at), Date.parse(deletion.deletedAt) + settledMs)).toISOString();
  return {
    ...deletion,
    purgeAt,
    purge: { ...purge, approvedAt: at, approvedBy: { kind, id } },
    version: deletion.version + 1,
  };
}

/** Changes that were worked out before a deletion have been made or refused by then. */
const settledMs = 10 * 60_000;

function refuseSettled({ state }: Deletion): void {
  if (state === "restored") throw new DomainError("not_deleted", "It has been restored.");
  if (state !== "deleted") throw purged("node");
}

/** The confirmation of a deletion: the name, in any spelling of it. @throws DomainError confirmation_required */
export function checkConfirmation(
  said: string | undefined,
  name: string,
  normalise: (text: string) => string,
  what: string,
): void {
  if (said === undefined || normalise(said) !== normalise(name))
    throw refuse("confirmation_required", "confirm", `must be ${what}: everything below it is deleted too`);
}
