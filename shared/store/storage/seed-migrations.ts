import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { hasEnded, openMigrations, SeedMigrationRecord } from "../../domain/storage/seed-migration.ts";
import { notFound } from "../../domain/terms/errors.ts";
import { loadChain, loadLiveChain } from "../hierarchy/branch.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import { insertPointer, loadPlace } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { countOf, countServers } from "../hierarchy/server-counts.ts";
import { saveCustomer } from "../hierarchy/customers.ts";
import { seedMigrationKey, seedMigrationPrefix } from "../table/keys.ts";
import { insert, type Write } from "../table/writes.ts";

/** The seed migrations of the caller's branch. */
export const seedMigrationStore = (context: StoreContext) => {
  const { db, caller } = context;

  /** A customer's record after a change of the migration that concerns it. */
  const changed = (before: CustomerRecord, at: string, set: Partial<CustomerRecord>): CustomerRecord => ({
    ...before,
    ...set,
    version: before.version + 1,
    updatedAt: at,
  });

  return {
    /** The customer whose data are to be moved. @throws DomainError not_found | customer_deleted */
    loadOwner: (customerId: string): Promise<Chain> => loadLiveChain(context, customerId),
    /** A migration with its customer's chain. @throws DomainError not_found | customer_deleted where `live` is asked for */
    async load(id: string, live: boolean): Promise<{ migration: SeedMigrationRecord; chain: Chain }> {
      const { chain, read } = await loadPlace(context, id, "seed migration", live, ({ customerId }) =>
        db.get(seedMigrationKey(customerId, id)),
      );
      if (!read) throw notFound("seed migration");
      return { migration: SeedMigrationRecord.parse(read), chain };
    },
    /** A page of a customer's migrations, oldest first, and the customer's chain. @throws DomainError not_found */
    async list(
      customerId: string,
      limit: number,
      after: string | null,
    ): Promise<{ migrations: SeedMigrationRecord[]; chain: Chain; next: string | null }> {
      const [chain, { items }] = await Promise.all([
        loadChain(context, customerId),
        db.query({ pk: customerId, prefix: seedMigrationPrefix, after: after ?? undefined, limit: limit + 1 }),
      ]);
      const shown = items.slice(0, limit);
      return {
        migrations: shown.map((item) => SeedMigrationRecord.parse(item)),
        chain,
        next: items.length > limit ? String(shown.at(-1)?.["sk"]) : null,
      };
    },

    /** The writes of a new migration: neither of its servers can be deleted before it has ended. */
    async insert(migration: SeedMigrationRecord, chain: Chain): Promise<Write[]> {
      const [before, ...parents] = chain;
      const { id, customerId, from, to, createdAt } = migration;
      return [
        insert(seedMigrationKey(customerId, id), { kind: "seed-migration", ...migration }),
        insertPointer(id, chain),
        ...saveCustomer(before, changed(before, createdAt, { seedMigrationId: id }), parents),
        ...(await countOf(db, openMigrations([from, to], 1))),
      ];
    },
    /** The writes of its next step; by `switched` the customer chooses the new server. */
    async advance(before: SeedMigrationRecord, after: SeedMigrationRecord, chain: Chain): Promise<Write[]> {
      const [customer, ...parents] = chain;
      const { customerId, id, from, to, state, steps, version, updatedAt } = after;
      const step: Write = {
        kind: "update",
        key: seedMigrationKey(customerId, id),
        set: { state, steps, version, updatedAt },
        add: {},
        when: [{ attribute: "version", is: before.version }],
      };
      if (state === "switched") {
        const switched = changed(customer, updatedAt, { storageServer: to });
        return [step, ...saveCustomer(customer, switched, parents), ...(await countServers(db, customer, switched))];
      }
      if (!hasEnded(state)) return [step];
      return [
        step,
        ...saveCustomer(customer, changed(customer, updatedAt, { seedMigrationId: null }), parents),
        ...(await countOf(db, openMigrations([from, to], -1))),
      ];
    },

    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newId: (): string => context.id("seedMigration"),
    caller,
    scopeId: caller.scopeId,
  };
};
