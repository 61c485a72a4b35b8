import { AccountRecord } from "../../domain/accounts/account.ts";
import { maySwitch } from "../../domain/accounts/portal.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { SessionRecord } from "../../domain/people/session.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { sessionEnded } from "../access/access-log.ts";
import { savePassword } from "../access/logins.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { accountKey, sessionKey } from "../table/keys.ts";
import type { Update, Write } from "../table/writes.ts";
import { findOther, listAccountSessions, passwordMark } from "./account-sessions.ts";

const gone = () => new DomainError("unauthenticated", "The account, or its session, is not there any more.");

/** What somebody who has logged in by an account may see and change of this access. */
export const ownAccountStore = (context: StoreContext) => {
  const { db, caller } = context;
  const load = async (): Promise<{ account: AccountRecord; chain: Chain }> => {
    const [item, chain] = await Promise.all([
      db.get(accountKey(caller.scopeId, caller.id)),
      loadChain(context, caller.scopeId),
    ]);
    if (!item) throw gone();
    return { account: AccountRecord.parse(item), chain };
  };
  return {
    /** The account that has logged in, with its customer's chain. */
    load,
    /** The session of this request. */
    async current(): Promise<SessionRecord> {
      const item = await db.get(sessionKey(caller.id, caller.session?.id ?? ""));
      if (!item) throw gone();
      return SessionRecord.parse(item);
    },
    /** Another account of the customer, or the one that has logged in. @throws DomainError not_found | forbidden */
    async loadOther(id: string): Promise<AccountRecord> {
      const { account, chain } = await load();
      if (id === account.id) return account;
      if (!maySwitch(chain))
        throw new DomainError("forbidden", "Your customer's accounts are not switched in the portal.");
      const other = await findOther(db, id, chain);
      if (!other) throw notFound("account");
      return other;
    },
    /** The write after which a session sees this account. */
    see: ({ ownerId, id, account }: SessionRecord, { id: currentId }: AccountRecord): Update => ({
      kind: "update",
      key: sessionKey(ownerId, id),
      set: { account: { ...account, currentId } },
      add: {},
      when: [{ exists: true }],
    }),
    /** The account's sessions that have not ended, oldest first. */
    list: (): Promise<SessionRecord[]> => listAccountSessions(db, caller.id, load(), context.now()),
    savePassword: (account: AccountRecord, hash: string): Update => savePassword(account, hash, context.now()),
    /** The write by which this session outlives a change of the password. */
    keep: ({ ownerId, id, account }: SessionRecord, passwordHash: string): Update => ({
      kind: "update",
      key: sessionKey(ownerId, id),
      set: { account: { ...account, passwordMark: passwordMark(passwordHash) } },
      add: {},
      when: [{ exists: true }],
    }),
    /** The line in the log of access that a change of the password has ended the account's other sessions. */
    noteEnd: (account: AccountRecord): Update => sessionEnded(context, account, "password_changed"),
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
  };
};
