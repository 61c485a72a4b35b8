import * as z from "zod";
import type { Chain } from "../domain/customer.ts";
import { type Actor, Deletion, newDeletion, type NodeCounts, purged } from "../domain/deletion.ts";
import { DomainError, notFound } from "../domain/errors.ts";
import { CustomerId } from "../domain/ids.ts";
import { effectiveSettings } from "../domain/settings.ts";
import { loadChain, orAbsent } from "./branch.ts";
import type { Database } from "./database.ts";
import { customerKey, deletionKey, deletionLinkKey, deletionsPartition, deletionRateKey, pointerKey } from "./keys.ts";
import { type Author, type LogEvent, logWrite } from "./log.ts";
import type { StoreContext } from "./scope.ts";
import type { Item } from "./units.ts";
import { insert, type Update, type Write } from "./writes.ts";

/** A deletion as the table holds it: with the chain as it stood then, nearest first, and the customer of who did it. */
const DeletionItem = Deletion.extend({
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
}).omit({ purged: true });
type DeletionItem = z.infer<typeof DeletionItem>;

/** The deletion that an item tells of. */
const deletionOf = (item: DeletionItem): Deletion =>
  Deletion.parse({
    ...item,
    purged: {
      customers: item.purgedCustomers,
      accounts: item.purgedAccounts,
      devices: item.purgedDevices,
      backupSets: item.purgedBackupSets,
    },
  });

/** The write that counts what a step of a purge removes for good. */
export const countPurged = (id: string, nodes: NodeCounts): Update => ({
  kind: "update",
  key: deletionKey(id),
  set: {},
  add: {
    purgedCustomers: nodes.customers,
    purgedAccounts: nodes.accounts,
    purgedDevices: nodes.devices,
    purgedBackupSets: nodes.backupSets,
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
  const { purged: _, ...deletion } = newDeletion({ ...told, id, onBehalfOf }, actorOf(context), deletedAt, purgeAt);
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

const read = (item: Item): DeletionItem => DeletionItem.parse({ ...item, kind: item["what"] });

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

/** What is left in the place of a pointer when something is purged: under which customer it stood. */
const Tombstone = z.object({ customerId: CustomerId, purgedAt: z.string() });
/** Whether something that is not there any more has been purged, and where it stood. */
const findTombstone = async (db: Database, id: string): Promise<z.infer<typeof Tombstone> | null> => {
  const item = await db.get(pointerKey(id));
  return item?.["kind"] === "tombstone" ? Tombstone.parse(item) : null;
};

/** The refusal to restore what is not there: it has been purged, or was never seen by the caller. */
async function goneOrUnknown(context: StoreContext, id: string, what: string): Promise<DomainError> {
  const tombstone = await findTombstone(context.db, id);
  if (!tombstone) return notFound(what);
  return (await orAbsent(loadChain(context, tombstone.customerId))) ? purged(what) : notFound(what);
}

const hourMs = 3_600_000;
/** How long the count of an hour is kept. */
const keptMs = 2 * hourMs;

/** Deletions in the caller's branch. */
export const deletionStore = (context: StoreContext) => {
  const { db, caller } = context;
  /** A deletion as the caller may see it: who made it is told by kind alone where it was somebody above the caller's branch. */
  const shown = (item: DeletionItem, deletion = deletionOf(item)): Deletion => {
    const { chain, actorScope, requesterScope } = item;
    const to = (actor: Actor, scope: string | null): Actor =>
      scope !== null && chain.indexOf(scope) > chain.indexOf(caller.scopeId) ? { ...actor, id: null } : actor;
    const { deletedBy, purge } = deletion;
    return {
      ...deletion,
      deletedBy: to(deletedBy, actorScope),
      purge: purge && {
        ...purge,
        requestedBy: to(purge.requestedBy, purge.requestedBy.id === caller.id ? caller.scopeId : requesterScope),
        // Support is the provider's.
        approvedBy: purge.approvedBy && to(purge.approvedBy, chain.at(-1) ?? null),
      },
    };
  };
  /** Whether a deletion is of the caller's branch, as that was then. */
  const concerns = ({ chain }: DeletionItem): boolean => chain.includes(caller.scopeId);

  return {
    /** A deletion of the caller's branch, and how the caller may see it, as it stands or changed. @throws DomainError not_found */
    async load(id: string): Promise<{ deletion: Deletion; chain: Chain; shown: (deletion: Deletion) => Deletion }> {
      const item = await db.get(deletionKey(id));
      const found = item ? read(item) : null;
      if (!found || !concerns(found)) throw notFound("deletion");
      db.prefetch(found.chain.map(customerKey));
      // What was deleted may be gone; whoever sees a level above it that is still there sees the deletion.
      for (const at of found.chain) {
        const chain = await orAbsent(loadChain(context, at));
        if (chain) return { deletion: deletionOf(found), chain, shown: (deletion) => shown(found, deletion) };
      }
      throw notFound("deletion");
    },

    /** A page of the deletions in a customer's branch, newest first. @throws DomainError not_found */
    async list(
      customerId: string,
      limit: number,
      after: string | null,
    ): Promise<{ items: Deletion[]; next: string | null }> {
      const [, { items }] = await Promise.all([
        loadChain(context, customerId),
        db.query({
          pk: deletionsPartition(customerId),
          after: after ?? undefined,
          limit: limit + 1,
          newestFirst: true,
        }),
      ]);
      const links = items.slice(0, limit).map((item) => z.object({ id: z.string(), sk: z.string() }).parse(item));
      const found = await db.getAll(links.map(({ id }) => deletionKey(id)));
      return {
        // What was deleted before the customer was moved here belongs to the branch that it came from.
        items: found
          .flatMap((item) => (item ? [read(item)] : []))
          .filter(concerns)
          .map((one) => shown(one)),
        next: items.length > limit ? (links.at(-1)?.sk ?? null) : null,
      };
    },

    insert: (chain: Chain, id: string, start: DeletionStart, purgeAt: string | null): Write[] =>
      insertDeletion(context, chain, id, start, purgeAt),
    settle: settleDeletion,
    /** The write of a request to purge, or of its approval. */
    save: (before: Deletion, after: Deletion): Write[] => [
      {
        kind: "update",
        key: deletionKey(before.id),
        set: {
          purge: after.purge,
          purgeAt: after.purgeAt,
          version: after.version,
          ...(after.purge?.approvedAt === null && { requesterScope: caller.scopeId }),
        },
        add: {},
        when: [{ attribute: "version", is: before.version }],
      },
    ],

    /** Begins to read how many customers the credential has deleted in this hour. */
    foresee: (): void => db.prefetch([deletionRateKey(caller.id, Math.floor(context.now() / hourMs))]),
    /**
     * The write that counts a customer that the credential deletes, as far as the provider's settings let one delete in an hour: a key
     * that was stolen is not to empty the house.
     * @throws DomainError deletion_limit
     */
    async count(chain: Chain): Promise<Write> {
      const now = context.now();
      const hour = Math.floor(now / hourMs);
      const key = deletionRateKey(caller.id, hour);
      const most = effectiveSettings(chain).deletion.customersPerHour.value;
      const found = (await db.get(key))?.["count"];
      const count = typeof found === "number" ? found : 0;
      if (count >= most) {
        const wait = Math.ceil(((hour + 1) * hourMs - now) / 1000);
        const detail = `This credential has deleted ${count} customers within the hour; the provider's settings allow ${most}.`;
        throw new DomainError("deletion_limit", detail, [], wait);
      }
      const expiresAt = Math.ceil((now + keptMs) / 1000);
      return count === 0
        ? insert(key, { kind: "rate", count: 1, expiresAt })
        : { kind: "update", key, set: {}, add: { count: 1 }, when: [{ attribute: "count", is: count }] };
    },

    /** What is to be restored. @throws DomainError purged | not_found, beside what `load` throws */
    orGone: <T>(id: string, what: string, load: () => Promise<T>): Promise<T> =>
      load().catch(async (error: unknown) => {
        throw error instanceof DomainError && error.code === "not_found"
          ? await goneOrUnknown(context, id, what)
          : error;
      }),
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    newId: (): string => context.id("deletion"),
    now: (): number => context.now(),
    caller,
  };
};
