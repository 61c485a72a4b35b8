import * as z from "zod";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { type Actor, type Deletion, purged } from "../../domain/life/deletion.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { CustomerId } from "../../domain/terms/ids.ts";
import { effectiveSettings } from "../../domain/terms/settings.ts";
import { loadChain, orAbsent } from "../hierarchy/branch.ts";
import type { Database } from "../table/database.ts";
import {
  type DeletionItem,
  type DeletionStart,
  deletionOf,
  insertDeletion,
  readDeletion,
  settleDeletion,
} from "../hierarchy/deletion-record.ts";
import { customerKey, deletionKey, deletionsPartition, deletionRateKey, pointerKey } from "../table/keys.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { insert, type Write } from "../table/writes.ts";

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

  /** A deletion of the caller's branch, and how the caller may see it, as it stands or changed. @throws DomainError not_found */
  const load = async (
    id: string,
  ): Promise<{ deletion: Deletion; chain: Chain; shown: (deletion: Deletion) => Deletion }> => {
    const item = await db.get(deletionKey(id));
    const found = item ? readDeletion(item) : null;
    if (!found || !concerns(found)) throw notFound("deletion");
    db.prefetch(found.chain.map(customerKey));
    // What was deleted may be gone; whoever sees a level above it that is still there sees the deletion.
    for (const at of found.chain) {
      const chain = await orAbsent(loadChain(context, at));
      if (chain) return { deletion: deletionOf(found), chain, shown: (deletion) => shown(found, deletion) };
    }
    throw notFound("deletion");
  };

  return {
    load,
    /**
     * The same for a request about what was deleted. Where its customer has been moved out of the caller's branch since, the caller still reads what was
     * deleted in its time, but has no say over the data. @throws DomainError not_found
     */
    async loadForRequest(id: string): Promise<Awaited<ReturnType<typeof load>>> {
      const found = await load(id);
      const { customerId } = found.deletion;
      if (found.chain[0].id !== customerId && (await db.get(customerKey(customerId))) !== undefined)
        throw notFound("deletion");
      return found;
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
          .flatMap((item) => (item ? [readDeletion(item)] : []))
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
