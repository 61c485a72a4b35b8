import * as z from "zod";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import type { SessionRecord } from "../../domain/people/session.ts";
import { isLastingAdmin, UserRecord } from "../../domain/people/user.ts";
import { DomainError, notFound, refuse } from "../../domain/terms/errors.ts";
import { UserId } from "../../domain/terms/ids.ts";
import { sessionEndedByOther } from "../access/access-log.ts";
import { ApiKeyRecord } from "../access/api-keys.ts";
import { loadChain, loadLiveChain } from "../hierarchy/branch.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import {
  apiKeyKey,
  apiKeyLinkPrefix,
  customerKey,
  loginKey,
  userKey,
  userLinkKey,
  userLinkPrefix,
} from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { listSessions } from "./sessions.ts";
import { type Check, insert, removeWhere, type Update, type Write } from "../table/writes.ts";

const ancestorsOf = (chain: Chain): string[] => chain.slice(1).map(({ id }) => id);
const loginTaken = (username: string) => refuse("login_taken", "username", `The user name ${username} is taken.`);

/** A user by id; null where there is none. */
export async function findUser(db: Database, id: string): Promise<UserRecord | null> {
  const item = await db.get(userKey(id));
  return item ? UserRecord.parse(item) : null;
}

/** The write that changes some attributes of a user, as it was read. */
export const saveUser = (before: UserRecord, changes: Partial<UserRecord>, nowMs: number): Update => ({
  kind: "update",
  key: userKey(before.id),
  set: { ...changes, updatedAt: new Date(nowMs).toISOString(), version: before.version + 1 },
  add: {},
  when: [{ attribute: "version", is: before.version }],
});

/** All writes of a new user: its record, its login name, and its place in its customer's list. @throws on commit: login_taken */
export const insertUser = (user: UserRecord): Write[] => [
  insert(userKey(user.id), { kind: "user", ...user }),
  insert(loginKey(user.username), { kind: "login", userId: user.id }, loginTaken(user.username)),
  insert(userLinkKey(user.customerId, user.id), { kind: "user-link", id: user.id, username: user.username }),
];

const page = 100;

/**
 * A condition that somebody else goes on administering the provider: another user or API key with the role admin whose access has no end.
 * @throws DomainError last_admin where there is nobody
 */
export async function otherAdmin(db: Database, providerId: string, exceptId: string, nowMs: number): Promise<Check> {
  const kinds = [
    { prefix: userLinkPrefix, key: userKey, stays: (item: Item) => isLastingAdmin(UserRecord.parse(item), nowMs) },
    {
      prefix: apiKeyLinkPrefix,
      key: apiKeyKey,
      stays(item: Item): boolean {
        const { role, expiresOn, revokedAt } = ApiKeyRecord.parse(item);
        return role === "admin" && expiresOn === null && revokedAt === null;
      },
    },
  ];
  for (const { prefix, key, stays } of kinds)
    for (let after: string | undefined, more = true; more;) {
      const { items, last } = await db.query({ pk: providerId, prefix, after, limit: page });
      const ids = items.map(({ id }) => String(id)).filter((id) => id !== exceptId);
      for (const item of await db.getAll(ids.map(key)))
        if (item && stays(item))
          return {
            kind: "check",
            key: key(String(item["id"])),
            when: [{ attribute: "version", is: Number(item["version"]) }],
          };
      after = last === undefined ? undefined : String(last["sk"]);
      more = after !== undefined;
    }
  throw new DomainError("last_admin", "Nobody else administers the provider for an unlimited time.");
}

/** Users of a customer who administer it, as many at most as asked for. */
export async function listAdmins(db: Database, customerId: string, atMost: number): Promise<UserRecord[]> {
  const { items } = await db.query({ pk: customerId, prefix: userLinkPrefix, limit: page });
  const found = await db.getAll(items.map(({ id }) => userKey(String(id))));
  return found
    .flatMap((item) => (item ? [UserRecord.parse(item)] : []))
    .filter(({ role }) => role === "admin")
    .slice(0, atMost);
}

const Link = z.object({ id: UserId, sk: z.string() });

/** The users of the caller's branch. */
export const userStore = (context: StoreContext) => {
  const { db } = context;
  const loadWithChain = async (id: string): Promise<{ user: UserRecord; chain: Chain }> => {
    const user = await findUser(db, id);
    if (!user) throw notFound("user");
    db.prefetch([user.customerId, ...user.ancestors].map(customerKey));
    const chain = await loadChain(context, user.customerId).catch((error: unknown) => {
      throw error instanceof DomainError && error.code === "not_found" ? notFound("user") : error;
    });
    return { user, chain };
  };
  return {
    /** A user with its customer's chain. @throws DomainError not_found, also for users of customers outside the branch */
    loadWithChain,
    /** The customer that a user is to belong to. @throws DomainError not_found | customer_deleted */
    loadOwner: (customerId: string): Promise<Chain> => loadLiveChain(context, customerId),

    /** A page of a customer's users, oldest first. @throws DomainError not_found */
    async list(
      customerId: string,
      limit: number,
      after: string | null,
    ): Promise<{ records: UserRecord[]; next: string | null }> {
      const [, { items }] = await Promise.all([
        loadChain(context, customerId),
        db.query({ pk: customerId, prefix: userLinkPrefix, after: after ?? undefined, limit: limit + 1 }),
      ]);
      const links = items.slice(0, limit).map((item) => Link.parse(item));
      const found = await db.getAll(links.map(({ id }) => userKey(id)));
      return {
        records: found.flatMap((item) => (item ? [UserRecord.parse(item)] : [])),
        next: items.length > limit ? (links.at(-1)?.sk ?? null) : null,
      };
    },

    /** @throws DomainError login_taken */
    async refuseTaken(username: string): Promise<void> {
      if (await db.get(loginKey(username))) throw loginTaken(username);
    },
    /** The writes of a new user. @throws on commit: login_taken */
    insert: insertUser,
    /** The writes that change a user; `to` is the chain of the customer that it goes to. */
    save(before: UserRecord, changes: Partial<UserRecord>, to?: Chain): { user: UserRecord; writes: Write[] } {
      const moves = to !== undefined && to[0].id !== before.customerId;
      const all = { ...changes, ...(moves && { customerId: to[0].id, ancestors: ancestorsOf(to) }) };
      const update = saveUser(before, all, context.now());
      const user = { ...before, ...all, version: before.version + 1, updatedAt: String(update.set["updatedAt"]) };
      const { id, username } = before;
      return {
        user,
        writes: [
          update,
          ...(moves
            ? [
                removeWhere(userLinkKey(before.customerId, id), "id", id),
                insert(userLinkKey(to[0].id, id), { kind: "user-link", id, username }),
              ]
            : []),
        ],
      };
    },
    /** The writes that remove a user for good. Its sessions end with it. */
    remove: ({ id, customerId, username, version }: UserRecord): Write[] => [
      { kind: "delete", key: userKey(id), when: [{ attribute: "version", is: version }] },
      removeWhere(loginKey(username), "userId", id),
      removeWhere(userLinkKey(customerId, id), "id", id),
    ],
    /** The condition that the provider keeps an administrator without this one. None for users of other customers. @throws DomainError last_admin */
    async keepsAdmin(user: UserRecord): Promise<Check[]> {
      const isProviders = user.ancestors.length === 0;
      return isProviders && isLastingAdmin(user, context.now())
        ? [await otherAdmin(db, user.customerId, user.id, context.now())]
        : [];
    },

    /** Where a user is logged in. @throws DomainError not_found */
    sessions: (id: string): Promise<SessionRecord[]> => listSessions(db, id, loadWithChain(id), context.now()),
    /** The line in the log of access that somebody else has ended the sessions of a user, at the customer that it belongs to so far. */
    noteEnd: (user: UserRecord): Update => sessionEndedByOther(context, user, "ended"),
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    ancestorsOf,
    publicUrl: context.publicUrl,
    now: (): number => context.now(),
    newId: (): string => context.id("user"),
    newSecret: (): string => context.secret(),
    caller: context.caller,
  };
};
