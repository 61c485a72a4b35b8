import * as z from "zod";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { type Actor, Deletion, newDeletion, type NodeCounts } from "../../domain/life/deletion.ts";
import { CustomerId } from "../../domain/terms/ids.ts";
import { deletionKey, deletionLinkKey } from "../table/keys.ts";
import type { Author } from "./log.ts";
import type { Item } from "../table/units.ts";
import { insert, type Update, type Write } from "../table/writes.ts";

/** A deletion as the table holds it: with the chain as it stood then, nearest first, and the customer of who did it. */
export const DeletionItem = Deletion.extend({
  chain: z.array(CustomerId),
  actorScope: z.string().nullable().default(null),
  /** The same of who asked to purge it ahead of time. */
  requesterScope: z.string().nullable().default(null),
  level: Deletion.shape.level.default(null),
  usedBytes: Deletion.shape.usedBytes.default(null),
  onBehalfOf: Deletion.shape.onBehalfOf.default(null),
  purgeAt: Deletion.shape.purgeAt.default(null),
  restoredAt: Deletion.shape.restoredAt.default(null),
  purgedAt: Deletion.shape.purgedAt.default(null),
  purge: Deletion.shape.purge.default(null),
  /** What has been removed so far; each step of a purge counts it up. */
  purgedCustomers: z.int().default(0),
  purgedAccounts: z.int().default(0),
  purgedDevices: z.int().default(0),
  purgedBackupSets: z.int().default(0),
  /** Places in the storage that were to be cleared, those that have been, and what was removed there. */
  vaultsOrdered: z.int().default(0),
  vaultsCleared: z.int().default(0),
  removedObjects: z.int().default(0),
  removedBytes: z.int().default(0),
  retainedObjects: z.int().default(0),
  retainedUntil: z.string().nullable().default(null),
}).omit({ purged: true, storage: true });
export type DeletionItem = z.infer<typeof DeletionItem>;

/** The deletion that an item tells of. */
export const deletionOf = (item: DeletionItem): Deletion =>
  Deletion.parse({
    ...item,
    purged: {
      customers: item.purgedCustomers,
      accounts: item.purgedAccounts,
      devices: item.purgedDevices,
      backupSets: item.purgedBackupSets,
    },
    storage: storageOf(item),
  });

const storageOf = (item: DeletionItem): Deletion["storage"] => ({
  state:
    item.vaultsOrdered === 0
      ? "none"
      : item.vaultsCleared >= item.vaultsOrdered
        ? "removed"
        : item.retainedObjects === 0
          ? "pending"
          : "retained",
  removedObjects: item.removedObjects,
  removedBytes: item.removedBytes,
  retainedObjects: item.retainedObjects,
  retainedUntil: item.retainedObjects === 0 ? null : item.retainedUntil,
});

/** The write that counts what a step of a purge removes for good, and the places in the storage that are to be cleared after it. */
export const countPurged = (id: string, nodes: NodeCounts, vaultsOrdered: number): Update => ({
  kind: "update",
  key: deletionKey(id),
  set: {},
  add: {
    purgedCustomers: nodes.customers,
    purgedAccounts: nodes.accounts,
    purgedDevices: nodes.devices,
    purgedBackupSets: nodes.backupSets,
    ...(vaultsOrdered > 0 && { vaultsOrdered }),
  },
  when: [{ exists: true }],
});
/** The write that says that what was deleted has been removed for good. None where there is no record of the deletion. */
export const buryDeletion = (id: string | null, purgedAt: string): Update[] =>
  id === null
    ? []
    : [
        {
          kind: "update",
          key: deletionKey(id),
          set: { state: "purged", purgedAt },
          add: { version: 1 },
          when: [{ exists: true }],
        },
      ];

/** Who a deletion says did it. */
export const actorOf = ({ caller }: Pick<Author, "caller">): Actor =>
  caller === null || caller.kind === "enrolmentKey"
    ? { kind: "system", id: null }
    : { kind: caller.kind, id: caller.id as Actor["id"] };

/** What is told of a deletion when it is made; `deletedAt` is that of what is marked. */
export type DeletionStart = Omit<Parameters<typeof newDeletion>[0], "id" | "onBehalfOf"> & {
  onBehalfOf?: string | undefined;
  deletedAt: string;
};

/**
 * The writes of a deletion that is made now, for the reports of all customers of the chain (of the customer whose it was, nearest
 * first). `purgeAt` null: it cannot be restored.
 */
export function insertDeletion(
  context: Author,
  chain: Chain,
  id: string,
  start: DeletionStart,
  purgeAt: string | null,
): Write[] {
  const { onBehalfOf = null, deletedAt, ...told } = start;
  const {
    purged: _,
    storage: __,
    ...deletion
  } = newDeletion({ ...told, id, onBehalfOf }, actorOf(context), deletedAt, purgeAt);
  // In the table every item has a kind of its own.
  const item = {
    ...deletion,
    what: deletion.kind,
    kind: "deletion",
    chain: chain.map((node) => node.id),
    actorScope: context.caller?.scopeId,
  };
  return [
    insert(deletionKey(id), item),
    ...chain.map((node) => insert(deletionLinkKey(node.id, id), { kind: "deletion-link", id })),
  ];
}

/** The record of a deletion as its item holds it. */
export const readDeletion = (item: Item): DeletionItem => DeletionItem.parse({ ...item, kind: item["what"] });

/**
 * The write that says what became of a deletion, on the condition that it stands as it should. None where it was made before there
 * were records of them.
 */
export function settleDeletion(
  id: string | null,
  from: Deletion["state"],
  set: Partial<Pick<Deletion, "state" | "restoredAt" | "purgedAt">>,
): Update[] {
  if (id === null) return [];
  return [{ kind: "update", key: deletionKey(id), set, add: { version: 1 }, when: [{ attribute: "state", is: from }] }];
}
