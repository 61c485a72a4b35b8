import * as z from "zod";
import { keyState } from "../../domain/access/api-key.ts";
import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { notFound } from "../../domain/terms/errors.ts";
import { ApiKeyId, CustomerId, UserId } from "../../domain/terms/ids.ts";
import { Role } from "../../domain/access/roles.ts";
import { loadChain, loadLiveChain } from "../hierarchy/branch.ts";
import type { Database } from "../table/database.ts";
import { apiKeyKey, apiKeyLinkKey, apiKeyLinkPrefix, customerKey, dueKey, timerKey } from "../table/keys.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Item } from "../table/units.ts";
import { type Delete, insert, type Update, type Write } from "../table/writes.ts";
import { isSecret } from "./tokens.ts";

/** An API key as it is stored. The secret itself is nowhere; it has 256 random bits, so a plain hash cannot be searched. */
export const ApiKeyRecord = z.object({
  id: ApiKeyId,
  version: z.int(),
  customerId: CustomerId,
  /** Ids above the customer, as a hint. */
  ancestors: z.array(CustomerId),
  role: Role,
  name: z.string(),
  secretHash: z.string(),
  readOnly: z.boolean().default(false),
  ipRanges: z.array(z.string()).default([]),
  lastSeenAt: z.string().nullable().default(null),
  expiresOn: z.string().nullable().default(null),
  revokedAt: z.string().nullable().default(null),
  /** When the sweep noticed the expiry; the timer is gone since then. */
  expiryRecordedAt: z.string().nullable().default(null),
  /** The API key or user that made it; null: the first key, or made before this was recorded. */
  createdBy: z.union([ApiKeyId, UserId]).nullable().default(null),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type ApiKeyRecord = z.infer<typeof ApiKeyRecord>;

/** The key that a token belongs to, null where it is unknown, wrong, revoked or expired: no difference is told. */
export async function authenticateKey(
  db: Database,
  { id, secret }: { id: string; secret: string },
  nowMs: number,
): Promise<ApiKeyRecord | null> {
  const item = await db.get(apiKeyKey(id));
  const record = item ? ApiKeyRecord.parse(item) : null;
  const same = isSecret(secret, record?.secretHash);
  return record && same && keyState({ revokedAt: record.revokedAt, expiresAt: record.expiresOn }, nowMs) === "active"
    ? record
    : null;
}

/** All writes of a new key: its record, its place in the customer's list, and the timer of its expiry. */
export const insertApiKey = (record: ApiKeyRecord): Write[] => [
  insert(apiKeyKey(record.id), { kind: "api-key", ...record }),
  insert(apiKeyLinkKey(record.customerId, record.id), { kind: "key-link", id: record.id }),
  ...(record.expiresOn === null
    ? []
    : [
        insert(timerKey(apiKeyKey(record.id).pk, "key-expiry"), {
          kind: "timer",
          timer: "key-expiry",
          at: record.expiresOn,
          ...dueKey(apiKeyKey(record.id).pk, "key-expiry", record.expiresOn),
        }),
      ]),
];

/** Removes the expiry timer that a key had when it was read: it has one from its creation until revoked or swept. */
const removeExpiryTimer = (record: ApiKeyRecord): Delete[] =>
  record.expiresOn === null || record.revokedAt !== null || record.expiryRecordedAt !== null
    ? []
    : [
        {
          kind: "delete",
          key: timerKey(apiKeyKey(record.id).pk, "key-expiry"),
          when: [{ attribute: "at", is: record.expiresOn }],
        },
      ];

/** Writes that record the expiry of a key: a mark on its record, and the end of its timer. */
export function expire(record: ApiKeyRecord, nowMs: number): Write[] {
  const update: Update = {
    kind: "update",
    key: apiKeyKey(record.id),
    set: { expiryRecordedAt: new Date(nowMs).toISOString(), version: record.version + 1 },
    add: {},
    when: [{ attribute: "version", is: record.version }],
  };
  return [update, ...removeExpiryTimer(record)];
}

const parse = (item: Item | undefined): ApiKeyRecord => {
  if (!item) throw notFound("API key");
  return ApiKeyRecord.parse(item);
};

/** The API keys of the caller's branch. */
export const apiKeyStore = (context: StoreContext) => {
  const withChain = async (id: string, load: typeof loadChain): Promise<{ record: ApiKeyRecord; chain: Chain }> => {
    const record = parse(await context.db.get(apiKeyKey(id)));
    context.db.prefetch([record.customerId, ...record.ancestors].map(customerKey));
    const chain = await load(context, record.customerId).catch((error: unknown) => {
      throw error instanceof Error && "code" in error && error.code === "not_found" ? notFound("API key") : error;
    });
    return { record, chain };
  };
  return {
    /** @throws DomainError not_found, also for keys of customers outside the branch */
    load: async (id: string): Promise<ApiKeyRecord> => (await withChain(id, loadChain)).record,
    /** A key with its customer's chain. @throws DomainError not_found */
    loadWithChain: (id: string) => withChain(id, loadChain),
    /** The customer that a new key is to belong to. @throws DomainError not_found | customer_deleted */
    loadOwner: (customerId: string): Promise<Chain> => loadLiveChain(context, customerId),

    /** A page of a customer's keys, oldest first. */
    async list(
      customerId: string,
      limit: number,
      after: string | null,
    ): Promise<{ records: ApiKeyRecord[]; next: string | null }> {
      const [, { items }] = await Promise.all([
        loadChain(context, customerId),
        context.db.query({ pk: customerId, prefix: apiKeyLinkPrefix, after: after ?? undefined, limit: limit + 1 }),
      ]);
      const links = items.slice(0, limit).map((item) => z.object({ id: ApiKeyId, sk: z.string() }).parse(item));
      const found = await context.db.getAll(links.map(({ id }) => apiKeyKey(id)));
      return {
        records: found.filter((item) => item !== undefined).map(parse),
        next: items.length > limit ? (links.at(-1)?.sk ?? null) : null,
      };
    },

    insert: insertApiKey,

    /** Writes by which a key ends at a moment, unless it ends earlier anyway. */
    endAt(record: ApiKeyRecord, expiresOn: string): Write[] {
      if (record.expiresOn !== null && record.expiresOn <= expiresOn) return [];
      const { pk } = apiKeyKey(record.id);
      const timer = timerKey(pk, "key-expiry");
      const due = { at: expiresOn, ...dueKey(pk, "key-expiry", expiresOn) };
      return [
        {
          kind: "update",
          key: apiKeyKey(record.id),
          set: { expiresOn, updatedAt: new Date(context.now()).toISOString(), version: record.version + 1 },
          add: {},
          when: [{ attribute: "version", is: record.version }],
        },
        record.expiresOn === null
          ? insert(timer, { kind: "timer", timer: "key-expiry", ...due })
          : { kind: "update", key: timer, set: due, add: {}, when: [{ attribute: "at", is: record.expiresOn }] },
      ];
    },

    /** Writes that revoke a key for ever. */
    revoke(record: ApiKeyRecord): { record: ApiKeyRecord; writes: Write[] } {
      const revokedAt = new Date(context.now()).toISOString();
      const after = { ...record, revokedAt, updatedAt: revokedAt, version: record.version + 1 };
      const update: Update = {
        kind: "update",
        key: apiKeyKey(record.id),
        set: { revokedAt, updatedAt: revokedAt, version: after.version },
        add: {},
        when: [{ attribute: "version", is: record.version }],
      };
      return { record: after, writes: [update, ...removeExpiryTimer(record)] };
    },

    log: (chain: readonly CustomerRecord[], event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newId: (): string => context.id("apiKey"),
    newSecret: (): string => context.secret(),
    caller: context.caller,
  };
};
