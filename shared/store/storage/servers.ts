import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import type { ServerRef } from "../../domain/hierarchy/own-storage.ts";
import { type CheckIn, StorageServerRecord } from "../../domain/storage/storage-server.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { hashSecret, writeToken } from "../access/tokens.ts";
import { loadChain, loadLiveChain } from "../hierarchy/branch.ts";
import { saveCustomer } from "../hierarchy/customers.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import { countServers } from "../hierarchy/server-counts.ts";
import { insertPointer, loadPlace } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { pointerKey, storageServerKey, storageServerPrefix } from "../table/keys.ts";
import { insert, type Write } from "../table/writes.ts";

const taken = () =>
  new DomainError(
    "server_in_use",
    "Customers store on the server, or copy their data to it, or a seed migration from it or to it has not ended.",
  );
const counters = ["chosenBy", "replicationTargetOf", "openMigrations"] as const;

/** The storage servers of the caller's branch, and those of the levels above that its customers may choose. */
export const serverStore = (context: StoreContext) => {
  const { db } = context;
  const token = (id: string): { token: string; tokenHash: string } => {
    const secret = context.secret();
    return { token: writeToken(id, secret, "storageServer"), tokenHash: hashSecret(secret) };
  };
  return {
    /** The customer whose a new server is. @throws DomainError not_found | customer_deleted */
    loadOwner: (customerId: string): Promise<Chain> => loadLiveChain(context, customerId),
    /** A server with its owner's chain. @throws DomainError not_found | customer_deleted where `live` is asked for */
    async load(id: string, live: boolean): Promise<{ server: StorageServerRecord; chain: Chain }> {
      const { chain, read } = await loadPlace(context, id, "storage server", live, ({ customerId }) =>
        db.get(storageServerKey(customerId, id)),
      );
      if (!read) throw notFound("storage server");
      return { server: StorageServerRecord.parse(read), chain };
    },
    /** A page of a customer's servers, oldest first. @throws DomainError not_found */
    async list(
      customerId: string,
      limit: number,
      after: string | null,
    ): Promise<{ servers: StorageServerRecord[]; next: string | null }> {
      const [, { items }] = await Promise.all([
        loadChain(context, customerId),
        db.query({ pk: customerId, prefix: storageServerPrefix, after: after ?? undefined, limit: limit + 1 }),
      ]);
      const shown = items.slice(0, limit);
      return {
        servers: shown.map((item) => StorageServerRecord.parse(item)),
        next: items.length > limit ? String(shown.at(-1)?.["sk"]) : null,
      };
    },

    /** The writes of a new server, and the token that it checks in with, which is told once. */
    insert(server: StorageServerRecord, chain: Chain): { token: string; writes: Write[] } {
      const { token: told, tokenHash } = token(server.id);
      const writes = [
        insert(storageServerKey(server.customerId, server.id), { kind: "storage-server", ...server }),
        insertPointer(server.id, chain, { tokenHash }),
      ];
      return { token: told, writes };
    },
    /** Another token in the place of the one that a server has, which works no more. */
    renewToken({ id }: StorageServerRecord): { token: string; writes: Write[] } {
      const { token: told, tokenHash } = token(id);
      const writes: Write[] = [
        { kind: "update", key: pointerKey(id), set: { tokenHash }, add: {}, when: [{ exists: true }] },
      ];
      return { token: told, writes };
    },
    save: (before: StorageServerRecord, after: StorageServerRecord): Write[] => [
      {
        kind: "update",
        key: storageServerKey(before.customerId, before.id),
        set: {
          name: after.name,
          url: after.url,
          version: after.version,
          updatedAt: after.updatedAt,
          // The server may have told its capacity since it was read.
          ...(after.capacityBytes !== before.capacityBytes && { capacityBytes: after.capacityBytes }),
        },
        add: {},
        when: [{ attribute: "version", is: before.version }],
      },
    ],
    /** @throws DomainError server_in_use, also on commit */
    remove(server: StorageServerRecord): Write[] {
      if (counters.some((counter) => server[counter] > 0)) throw taken();
      return [
        {
          kind: "delete",
          key: storageServerKey(server.customerId, server.id),
          when: [{ exists: true }, ...counters.map((attribute) => ({ attribute, counts: 0 }))],
          otherwise: taken(),
        },
        { kind: "delete", key: pointerKey(server.id), when: [] },
      ];
    },

    /** The server that a record points to, wherever its owner stands now; null: it is there no more. */
    async read({ customerId, id }: ServerRef): Promise<StorageServerRecord | null> {
      const item = await db.get(storageServerKey(customerId, id));
      return item ? StorageServerRecord.parse(item) : null;
    },
    /** A server that a customer may choose: one of its own or of a level above, which the caller need not see otherwise. */
    async find(chain: Chain, id: string): Promise<StorageServerRecord> {
      const items = await db.getAll(chain.map((owner) => storageServerKey(owner.id, id)));
      const found = items.find((item) => item !== undefined);
      if (!found) throw notFound("storage server");
      return StorageServerRecord.parse(found);
    },
    /** The writes of a customer that chooses another server to store on, or to copy its data to, or none. */
    choose: async ([before, ...parents]: Chain, after: CustomerRecord): Promise<Write[]> => [
      ...saveCustomer(before, after, parents),
      ...(await countServers(db, before, after)),
    ],

    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newId: (): string => context.id("storageServer"),
    scopeId: context.caller.scopeId,
  };
};

/** What a storage server may do: tell of itself. */
export const ownServerStore = (context: StoreContext) => ({
  /** @throws DomainError unauthenticated where it has been deleted meanwhile */
  async load(): Promise<StorageServerRecord> {
    const { id, scopeId } = context.caller;
    const item = await context.db.get(storageServerKey(scopeId, id));
    if (!item) throw new DomainError("unauthenticated", "The storage server of this token is not there any more.");
    return StorageServerRecord.parse(item);
  },
  /** The write of what it says. It is no change of the record: whoever reads it before may still change it. */
  checkIn: ({ customerId, id }: StorageServerRecord, said: CheckIn, at: string): Write => ({
    kind: "update",
    key: storageServerKey(customerId, id),
    set: {
      usedBytes: said.usedBytes,
      lastSeenAt: at,
      ...(said.capacityBytes !== undefined && { capacityBytes: said.capacityBytes }),
      ...(said.softwareVersion !== undefined && { softwareVersion: said.softwareVersion }),
    },
    add: {},
    when: [{ exists: true }],
  }),
  now: (): number => context.now(),
});
