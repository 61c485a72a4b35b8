import { AccountRecord } from "../../domain/accounts/account.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { SessionRecord } from "../../domain/people/session.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import { savePassword } from "../access/logins.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { accountKey, sessionKey } from "../table/keys.ts";
import type { Update, Write } from "../table/writes.ts";
import { listAccountSessions, passwordMark } from "./account-sessions.ts";

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
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
  };
};
