import { DomainError } from "../domain/terms/errors.ts";
import { keySeenEveryMs } from "../domain/access/api-key.ts";
import { portalRole } from "../domain/access/roles.ts";
import { isSeenAnew } from "../domain/people/session.ts";
import { isWithin } from "../store/access/sources.ts";
import { type ApiKeyRecord, authenticateKey } from "../store/access/api-keys.ts";
import { readToken } from "../store/access/tokens.ts";
import { authenticateDevice, type SupersededToken } from "../store/devices/device-tokens.ts";
import type { Caller } from "../store/hierarchy/scope.ts";
import {
  accountSessionKeys,
  authenticateAccountSession,
  type AccountLoggedIn,
  readAccountSessionToken,
} from "../store/people/account-sessions.ts";
import {
  authenticateSession,
  callerSession,
  type LoggedIn,
  readSessionToken,
  sessionKeys,
  sessionSeen,
} from "../store/people/sessions.ts";
import { authenticateServer } from "../store/storage/server-tokens.ts";
import type { Database } from "../store/table/database.ts";
import { apiKeyKey, type Key, pointerKey } from "../store/table/keys.ts";
import type { Update } from "../store/table/writes.ts";
import { changes, type Contract, isForPeople } from "./contract.ts";
import { refuseCrossSite, sessionCookie } from "./cookie.ts";
import { header, type HttpEvent } from "./parse.ts";

/** The answer to a credential that is missing, malformed, unknown, wrong, revoked, expired or of another kind: no difference is told. */
export const unauthenticated = () =>
  new DomainError("unauthenticated", "Send a valid credential as `Authorization: Bearer <token>`.");

/** A caller; why its credential may not be used for this all the same; and the write that notes that it is used, if that is due. */
export type Checked = Caller & { barred?: DomainError | null; seen?: Update | null };

/** A credential as a request presents it, not yet checked. */
export interface Presented {
  id: string;
  secret: string;
  /** The items that it is checked against. */
  keys: readonly Key[];
  check: (db: Database, now: number) => Promise<Checked | SupersededToken | null>;
}

/** Why a key may not be used from there, or for this. */
function barredKey(
  { ipRanges, readOnly }: ApiKeyRecord,
  event: HttpEvent,
  contract: Pick<Contract, "route">,
): DomainError | null {
  if (ipRanges.length > 0 && !isWithin(event.requestContext.http.sourceIp, ipRanges))
    return new DomainError("forbidden", "This key may not be used from this address.");
  return readOnly && changes(contract) ? new DomainError("forbidden", "This key only reads.") : null;
}

/** Who an API key is. */
function keyCaller(record: ApiKeyRecord, event: HttpEvent, contract: Pick<Contract, "route">, now: number): Checked {
  const { id, role, customerId, ancestors, createdBy, ipRanges, lastSeenAt } = record;
  return {
    kind: "apiKey",
    id,
    role,
    scopeId: customerId,
    scopeAncestors: ancestors,
    createdBy,
    ipRanges,
    barred: barredKey(record, event, contract),
    seen: isSeenAnew(lastSeenAt, now, keySeenEveryMs)
      ? {
          kind: "update",
          key: apiKeyKey(id),
          set: { lastSeenAt: new Date(now).toISOString() },
          add: {},
          when: [{ exists: true }],
        }
      : null,
  };
}

/** Who a session is. */
const userCaller = (found: LoggedIn, now: number): Checked => {
  const { id, role, customerId, ancestors, createdBy } = found.user;
  return {
    kind: "user",
    id,
    role,
    scopeId: customerId,
    scopeAncestors: ancestors,
    createdBy,
    session: callerSession(found),
    seen: sessionSeen(found, now),
  };
};

/** Who a session of an account is. */
const accountCaller = (found: AccountLoggedIn, now: number): Checked => {
  const { account, chain, session, currentId } = found;
  const [{ id: scopeId }, ...above] = chain;
  return {
    kind: "account",
    id: account.id,
    role: portalRole,
    scopeId,
    scopeAncestors: above.map(({ id }) => id),
    createdBy: null,
    session: {
      id: session.id,
      needs: account.mustChangePassword ? "password_change" : null,
      // Accounts have none; where one is demanded, the portal is closed.
      lacksSecondFactor: false,
      provedAt: Date.parse(session.provedAt),
    },
    account: { id: currentId },
    seen: sessionSeen(found, now),
  };
};

/** The token that a request sends as a bearer; undefined where it sends none, or more. */
function bearerOf(event: HttpEvent): string | undefined {
  const [scheme, token, ...more] = (header(event, "authorization") ?? "").trim().split(/\s+/);
  return scheme?.toLowerCase() === "bearer" && more.length === 0 ? token : undefined;
}

/** The credential of a program or a person. A header counts before a cookie. */
function ofPeople(event: HttpEvent, contract: Pick<Contract, "route" | "permission">): Presented | null {
  const bearer = bearerOf(event);
  const cookie = header(event, "authorization") === undefined ? sessionCookie(event) : undefined;
  const token = bearer ?? cookie ?? "";
  const session = readSessionToken(token);
  const login = readAccountSessionToken(token);
  // A browser sends the cookie by itself, also for a page of somebody else.
  if ((session ?? login) && cookie !== undefined && changes(contract)) refuseCrossSite(event);
  if (login)
    return {
      id: login.sessionId,
      secret: login.secret,
      keys: accountSessionKeys(login),
      async check(db, now) {
        const found = await authenticateAccountSession(db, login, now);
        return found && accountCaller(found, now);
      },
    };
  if (session) {
    return {
      id: session.sessionId,
      secret: session.secret,
      keys: sessionKeys(session),
      async check(db, now) {
        const found = await authenticateSession(db, session, now);
        return found && userCaller(found, now);
      },
    };
  }
  const key = contract.permission === "self" ? null : readToken(token);
  return (
    key && {
      ...key,
      keys: [apiKeyKey(key.id)],
      async check(db, now) {
        const record = await authenticateKey(db, key, now);
        return record && keyCaller(record, event, contract, now);
      },
    }
  );
}

/** The credential of a device or a storage server. */
function ofMachine(event: HttpEvent, kind: "device" | "storageServer"): Presented | null {
  const found = readToken(bearerOf(event) ?? "", kind);
  return (
    found && {
      ...found,
      keys: [pointerKey(found.id)],
      check: (db) => (kind === "device" ? authenticateDevice(db, found) : authenticateServer(db, found)),
    }
  );
}

/**
 * The credential of a request, of a kind that an operation takes.
 * @throws DomainError unauthenticated | cross_site_request
 */
export function credentialOf(event: HttpEvent, contract: Pick<Contract, "route" | "permission">): Presented {
  const found = isForPeople(contract)
    ? ofPeople(event, contract)
    : ofMachine(event, contract.permission === "device" ? "device" : "storageServer");
  if (!found) throw unauthenticated();
  return found;
}
