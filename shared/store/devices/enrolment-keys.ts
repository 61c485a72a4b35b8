import * as z from "zod";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { EnrolmentKey, enrolmentKeyState } from "../../domain/devices/enrolment.ts";
import { notFound } from "../../domain/terms/errors.ts";
import { CustomerId, EnrolmentKeyId } from "../../domain/terms/ids.ts";
import { hashSecret, isSecret } from "../access/tokens.ts";
import { loadChain, loadLiveChain } from "../hierarchy/branch.ts";
import type { Database } from "../table/database.ts";
import { enrolmentKeyKey, enrolmentKeyLinkKey, enrolmentKeyPrefix } from "../table/keys.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { insert, type Update, type Write } from "../table/writes.ts";

/** An enrolment key as it is stored; the secret itself is nowhere. */
const EnrolmentKeyRecord = EnrolmentKey.omit({ state: true, expiresAt: true }).extend({
  /** Ids above the customer, as a hint. */
  ancestors: z.array(CustomerId),
  secretHash: z.string(),
  plan: z.string().nullable().default(null),
  /** Not `expiresAt`, by which the table would drop it. */
  expiresOn: z.string().nullable().default(null),
  maxUses: z.int().nullable().default(null),
  revokedAt: z.string().nullable().default(null),
});
export type EnrolmentKeyRecord = z.infer<typeof EnrolmentKeyRecord>;

/** A key as the API shows it. */
export const presentEnrolmentKey = (record: EnrolmentKeyRecord, now: number): EnrolmentKey => {
  const { secretHash: _, ancestors: __, expiresOn: expiresAt, ...shown } = record;
  return { ...shown, expiresAt, state: enrolmentKeyState({ ...shown, expiresAt }, now) };
};

/** The key that a token belongs to, null where it is unknown, wrong, revoked, expired or used up: no difference is told. */
export async function authenticateEnrolmentKey(
  db: Database,
  { id, secret }: { id: string; secret: string },
  now: number,
): Promise<EnrolmentKeyRecord | null> {
  const item = await db.get(enrolmentKeyKey(id));
  const record = item ? EnrolmentKeyRecord.parse(item) : null;
  const same = isSecret(secret, record?.secretHash);
  if (!record || !same) return null;
  const state = enrolmentKeyState({ ...record, expiresAt: record.expiresOn }, now);
  // A key that is used up still lets the devices in that it has created.
  return state === "active" || state === "used_up" ? record : null;
}

/** The write that counts a new device that a key has created. Its refusal means that it was used up in the same moment. */
export const useEnrolmentKey = ({ id, maxUses }: EnrolmentKeyRecord): Update => ({
  kind: "update",
  key: enrolmentKeyKey(id),
  set: {},
  add: { uses: 1 },
  when: [
    { attribute: "revokedAt", is: null },
    ...(maxUses === null ? [] : [{ attribute: "uses", atMost: maxUses - 1 } as const]),
  ],
});

/** The enrolment keys of the caller's branch. */
export const enrolmentKeyStore = (context: StoreContext) => {
  const { db } = context;
  return {
    /** @throws DomainError not_found | customer_deleted */
    loadOwner: (customerId: string): Promise<Chain> => loadLiveChain(context, customerId),
    /** A key of a customer. @throws DomainError not_found */
    async load(customerId: string, id: string): Promise<{ record: EnrolmentKeyRecord; chain: Chain }> {
      const [chain, item] = await Promise.all([loadChain(context, customerId), db.get(enrolmentKeyKey(id))]);
      const record = item ? EnrolmentKeyRecord.parse(item) : null;
      if (record?.customerId !== customerId) throw notFound("enrolment key");
      return { record, chain };
    },
    /** A page of a customer's keys, oldest first. @throws DomainError not_found */
    async list(
      customerId: string,
      limit: number,
      after: string | null,
    ): Promise<{ records: EnrolmentKeyRecord[]; next: string | null }> {
      const [, { items }] = await Promise.all([
        loadChain(context, customerId),
        db.query({ pk: customerId, prefix: enrolmentKeyPrefix, after: after ?? undefined, limit: limit + 1 }),
      ]);
      const links = items.slice(0, limit).map((item) => z.object({ id: EnrolmentKeyId, sk: z.string() }).parse(item));
      const found = await db.getAll(links.map(({ id }) => enrolmentKeyKey(id)));
      return {
        records: found.flatMap((item) => (item ? [EnrolmentKeyRecord.parse(item)] : [])),
        next: items.length > limit ? (links.at(-1)?.sk ?? null) : null,
      };
    },
    insert: (record: EnrolmentKeyRecord): Write[] => [
      insert(enrolmentKeyKey(record.id), { kind: "enrolment-key", ...record }),
      insert(enrolmentKeyLinkKey(record.customerId, record.id), { kind: "enrolment-key-link", id: record.id }),
    ],
    revoke(record: EnrolmentKeyRecord): { record: EnrolmentKeyRecord; writes: Write[] } {
      const revokedAt = new Date(context.now()).toISOString();
      const after = { ...record, revokedAt, updatedAt: revokedAt, version: record.version + 1 };
      return {
        record: after,
        writes: [
          {
            kind: "update",
            key: enrolmentKeyKey(record.id),
            set: { revokedAt, updatedAt: revokedAt, version: after.version },
            add: {},
            when: [{ attribute: "version", is: record.version }],
          },
        ],
      };
    },
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    hashSecret,
    newSecret: (): string => context.secret(),
    newId: (): string => context.id("enrolmentKey"),
    now: (): number => context.now(),
  };
};
