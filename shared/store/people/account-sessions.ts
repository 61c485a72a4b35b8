import { AccountRecord } from "../../domain/accounts/account.ts";
import { mayEnter, maySwitch } from "../../domain/accounts/portal.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { isLasting, SessionRecord } from "../../domain/people/session.ts";
import { type LoginPlace, placeOfLogin } from "../access/logins.ts";
import { hashSecret, isSecret } from "../access/tokens.ts";
import { Pointer } from "../hierarchy/pointers.ts";
import type { Database } from "../table/database.ts";
import { accountKey, type Key, pointerKey, sessionKey, sessionPrefix, userPartition } from "../table/keys.ts";
import { insert, type Put } from "../table/writes.ts";
import { startSession, type SessionStart } from "./sessions.ts";

const tokenForm = /^tp_([0-7][0-9A-HJKMNP-TV-Z]{25})([0-7][0-9A-HJKMNP-TV-Z]{25})_([A-Za-z0-9_-]{43})$/;

/** What the token of an account's session names. */
export interface AccountSessionToken {
  accountId: string;
  sessionId: string;
  secret: string;
}

/** The parts of the token of an account's session, null where it cannot be one. */
export function readAccountSessionToken(token: string): AccountSessionToken | null {
  const [, account, session, secret] = tokenForm.exec(token) ?? [];
  return account === undefined || session === undefined || secret === undefined
    ? null
    : { accountId: `acc_${account}`, sessionId: `ses_${session}`, secret };
}
export const writeAccountSessionToken = ({ accountId, sessionId, secret }: AccountSessionToken): string =>
  `tp_${accountId.slice("acc_".length)}${sessionId.slice("ses_".length)}_${secret}`;

/** The items that an account's session is checked against first: they tell where the account stands. */
export const accountSessionKeys = ({ accountId, sessionId }: AccountSessionToken): Key[] => [
  pointerKey(accountId),
  sessionKey(accountId, sessionId),
];

/** What tells a password from any other, also from the same one that is chosen anew: how it is stored has a salt of its own. */
export const passwordMark = (passwordHash: string): string => hashSecret(passwordHash);

/** An account that has logged in, what stands around it, and the session. */
export type AccountLoggedIn = LoginPlace & {
  session: SessionRecord;
  /** The account that the session sees: the one that has logged in, or another one of the customer. */
  currentId: string;
};

/** Another account of a customer that the login of one may see, null where it may not, or is not there. */
export async function findOther(db: Database, id: string, chain: Chain): Promise<AccountRecord | null> {
  const [{ id: customerId }] = chain;
  const item = await db.get(accountKey(customerId, id));
  if (!item) return null;
  const account = AccountRecord.parse(item);
  const above =
    account.parentAccountId === null ? undefined : await db.get(accountKey(customerId, account.parentAccountId));
  const parent = above ? AccountRecord.parse(above) : null;
  return maySwitch(chain) && mayEnter({ account, parent, chain }) ? account : null;
}

/** Whether a session of an account goes on: the account has the same password and belongs to the same customer as when it began. */
const goesOn = ({ account }: SessionRecord, now: AccountRecord): boolean =>
  account !== null && account.customerId === now.customerId && account.passwordMark === passwordMark(now.passwordHash);

/**
 * The account and session of a token, null where it is unknown, wrong, has ended, or its account may not log in any more: no difference is told.
 * Two round trips: the second one reads what most operations read then as well.
 */
export async function authenticateAccountSession(
  db: Database,
  token: AccountSessionToken,
  nowMs: number,
): Promise<AccountLoggedIn | null> {
  const [pointerItem, sessionItem] = await db.getAll(accountSessionKeys(token));
  const session = sessionItem ? SessionRecord.parse(sessionItem) : null;
  const same = isSecret(token.secret, session?.secretHash);
  if (!session || !same || !pointerItem || !isLasting(session, nowMs)) return null;
  const { customerId, ancestors, parentAccountId } = Pointer.parse(pointerItem);
  const other = session.account?.currentId;
  if (other) db.prefetch([accountKey(customerId, other)]);
  const { accountId } = token;
  const place = await placeOfLogin(db, { accountId, customerId, ancestors, parentAccountId });
  if (!place || !goesOn(session, place.account) || !mayEnter(place)) return null;
  const currentId = session.account?.currentId ?? accountId;
  const isThere = currentId === accountId || (await findOther(db, currentId, place.chain)) !== null;
  return isThere ? { ...place, session, currentId } : null;
}

/** A new session of an account, and its write. */
export function newAccountSession(account: AccountRecord, start: SessionStart): { session: SessionRecord; write: Put } {
  const { id: ownerId, customerId, passwordHash } = account;
  const session: SessionRecord = {
    ...startSession(ownerId, start),
    generation: 0,
    account: { customerId, passwordMark: passwordMark(passwordHash), currentId: null },
  };
  return { session, write: insert(sessionKey(ownerId, session.id), { kind: "session", ...session }) };
}

/** The sessions of an account that have not ended, oldest first. @param loading the account as it is now */
export async function listAccountSessions(
  db: Database,
  accountId: string,
  loading: Promise<{ account: AccountRecord }>,
  nowMs: number,
): Promise<SessionRecord[]> {
  const [{ account }, { items }] = await Promise.all([
    loading,
    db.query({ pk: userPartition(accountId), prefix: sessionPrefix, limit: 1000 }),
  ]);
  return items
    .map((item) => SessionRecord.parse(item))
    .filter((session) => isLasting(session, nowMs) && goesOn(session, account));
}
