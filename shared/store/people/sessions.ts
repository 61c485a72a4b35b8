import { isLasting, isSeenAnew, longestMs, seenEveryMs, SessionRecord } from "../../domain/people/session.ts";
import { hasSecondFactor, UserRecord, userState } from "../../domain/people/user.ts";
import { hashSecret, isSecret } from "../access/tokens.ts";
import type { CallerSession } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { type Key, sessionKey, sessionPrefix, userKey, userPartition } from "../table/keys.ts";
import { insert, type Put, type Update } from "../table/writes.ts";

const tokenForm = /^ts_([0-7][0-9A-HJKMNP-TV-Z]{25})([0-7][0-9A-HJKMNP-TV-Z]{25})_([A-Za-z0-9_-]{43})$/;

/** What the token of a session names. */
export interface SessionToken {
  userId: string;
  sessionId: string;
  secret: string;
}

/** The parts of a session's token, null where it cannot be one. */
export function readSessionToken(token: string): SessionToken | null {
  const [, user, session, secret] = tokenForm.exec(token) ?? [];
  return user === undefined || session === undefined || secret === undefined
    ? null
    : { userId: `usr_${user}`, sessionId: `ses_${session}`, secret };
}
export const writeSessionToken = ({ userId, sessionId, secret }: SessionToken): string =>
  `ts_${userId.slice("usr_".length)}${sessionId.slice("ses_".length)}_${secret}`;

/** The items that a session is checked against. */
export const sessionKeys = ({ userId, sessionId }: SessionToken): Key[] => [
  userKey(userId),
  sessionKey(userId, sessionId),
];

/** Whoever a session belongs to, and the session. */
export interface LoggedIn {
  user: UserRecord;
  session: SessionRecord;
}

/** The user and session of a token, null where it is unknown, wrong, has ended, or its user may not log in any more: no difference is told. */
export async function authenticateSession(db: Database, token: SessionToken, nowMs: number): Promise<LoggedIn | null> {
  const [userItem, sessionItem] = await db.getAll(sessionKeys(token));
  const session = sessionItem ? SessionRecord.parse(sessionItem) : null;
  const same = isSecret(token.secret, session?.secretHash);
  if (!session || !same || !userItem || !isLasting(session, nowMs)) return null;
  const user = UserRecord.parse(userItem);
  return user.generation === session.generation && userState(user, nowMs) === "active" ? { user, session } : null;
}

/** What the pipeline has to know of a session. */
export const callerSession = ({ user, session }: LoggedIn): CallerSession => ({
  id: session.id,
  needs: user.mustChangePassword ? "password_change" : null,
  lacksSecondFactor: !hasSecondFactor(user),
  provedAt: Date.parse(session.provedAt),
});

/** The write that notes that a session is used, where the last note is old enough. */
export const sessionSeen = ({ session }: Pick<LoggedIn, "session">, nowMs: number): Update | null =>
  isSeenAnew(session.lastSeenAt, nowMs, seenEveryMs)
    ? {
        kind: "update",
        key: sessionKey(session.ownerId, session.id),
        set: { lastSeenAt: new Date(nowMs).toISOString() },
        add: {},
        // A session that was ended meanwhile does not come back.
        when: [{ exists: true }],
      }
    : null;

/** With what a session begins, whoever's it is. */
export interface SessionStart {
  id: string;
  secret: string;
  nowMs: number;
  userAgent: string;
  sourceIp: string;
}

/** What sessions of users and of accounts have in common. */
export function startSession(ownerId: string, { id, secret, nowMs, userAgent, sourceIp }: SessionStart) {
  const at = new Date(nowMs).toISOString();
  const ends = nowMs + longestMs;
  return {
    id,
    ownerId,
    secretHash: hashSecret(secret),
    userAgent: userAgent.slice(0, 200),
    sourceIp,
    createdAt: at,
    lastSeenAt: at,
    endsAt: new Date(ends).toISOString(),
    provedAt: at,
    expiresAt: Math.ceil(ends / 1000),
  };
}

/** A new session of a user, and its write. */
export function newSession(user: UserRecord, start: SessionStart): { session: SessionRecord; write: Put } {
  const session: SessionRecord = {
    ...startSession(user.id, start),
    generation: user.generation,
    account: null,
  };
  return { session, write: insert(sessionKey(user.id, session.id), { kind: "session", ...session }) };
}

/** The sessions of a user that have not ended, oldest first: a user has few at a time. @param loading the user */
export async function listSessions(
  db: Database,
  userId: string,
  loading: Promise<{ user: UserRecord }>,
  nowMs: number,
): Promise<SessionRecord[]> {
  const [{ user }, { items }] = await Promise.all([
    loading,
    db.query({ pk: userPartition(userId), prefix: sessionPrefix, limit: 1000 }),
  ]);
  return items
    .map((item) => SessionRecord.parse(item))
    .filter((session) => isLasting(session, nowMs) && session.generation === user.generation);
}
