import type { Chain } from "../../domain/hierarchy/customer.ts";
import { SessionRecord } from "../../domain/people/session.ts";
import type { UserRecord } from "../../domain/people/user.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { type SessionEnd, sessionEnded } from "../access/access-log.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { sessionKey } from "../table/keys.ts";
import type { Delete, Update, Write } from "../table/writes.ts";
import { listSessions } from "./sessions.ts";
import { findUser, saveUser } from "./users.ts";

/** What somebody who has logged in may see and change of his own access. */
export const ownAccessStore = (context: StoreContext) => {
  const { db, caller } = context;
  const find = async (id: string): Promise<SessionRecord> => {
    const item = await db.get(sessionKey(caller.id, id));
    if (!item) throw notFound("session");
    return SessionRecord.parse(item);
  };
  const load = async (): Promise<{ user: UserRecord; chain: Chain }> => {
    const [user, chain] = await Promise.all([findUser(db, caller.id), loadChain(context, caller.scopeId)]);
    if (!user) throw new DomainError("unauthenticated", "The user is deleted.");
    return { user, chain };
  };
  return {
    /** The caller as a user, with the chain of his customer. */
    load,
    /** The session of this request. */
    current: (): Promise<SessionRecord> => find(caller.session?.id ?? ""),
    /** A session of the caller. @throws DomainError not_found */
    find,
    /** The caller's sessions that have not ended, oldest first. */
    list: (): Promise<SessionRecord[]> => listSessions(db, caller.id, load(), context.now()),

    /** The write that ends a session. One that has ended meanwhile is as good. */
    end: (id: string): Delete => ({
      kind: "delete",
      key: sessionKey(caller.id, id),
      when: [{ exists: true }],
    }),
    /** The line in the log of access that the caller has ended sessions. */
    noteEnd: (reason: SessionEnd): Update =>
      sessionEnded(context, { id: caller.id, customerId: caller.scopeId }, reason),
    /** The write by which this session outlives the end of the caller's others. @param generation that of the user from now on */
    keep: ({ ownerId, id }: SessionRecord, generation: number): Update => ({
      kind: "update",
      key: sessionKey(ownerId, id),
      set: { generation },
      add: {},
      when: [{ exists: true }],
    }),
    /** The write that notes that the caller has proved who he is. */
    proved: ({ ownerId, id }: SessionRecord): Update => ({
      kind: "update",
      key: sessionKey(ownerId, id),
      set: { provedAt: new Date(context.now()).toISOString() },
      add: {},
      when: [{ exists: true }],
    }),
    /** The write that changes the caller as a user, as he was read. */
    save: (before: UserRecord, changes: Partial<UserRecord>): Update => saveUser(before, changes, context.now()),

    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    caller,
  };
};
