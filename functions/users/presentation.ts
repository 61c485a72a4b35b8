import type { Session, SessionRecord } from "../../shared/domain/people/session.ts";
import { hasApp, User, type UserRecord, userState } from "../../shared/domain/people/user.ts";
import { type Caller, isProviders } from "../../shared/store/hierarchy/scope.ts";

/**
 * A user as the API shows it to `reader`: what the schema names, so that no secret is among it. Who made it may be somebody of a level above, of
 * whom only the provider's may hear.
 */
export const presentUser = (record: UserRecord, reader: Pick<Caller, "id" | "scopeAncestors">, nowMs: number): User => {
  const { passwordHash, invitation, recoveryCodes, passkeys, createdBy } = record;
  return User.parse({
    ...record,
    state: userState(record, nowMs),
    secondFactor: { totp: hasApp(record), recoveryCodesLeft: recoveryCodes.length, passkeys: passkeys.length },
    invitation: invitation && passwordHash === null ? { expiresAt: invitation.expiresAt } : null,
    createdBy: isProviders(reader) || createdBy === reader.id ? createdBy : null,
  });
};

/** A session as its user, and who administers that, sees it. */
export const presentSession = (
  { id, userAgent, sourceIp, createdAt, lastSeenAt, endsAt }: SessionRecord,
  currentId: string | undefined,
): Session => ({
  id,
  // It never changes.
  version: 1,
  userAgent,
  sourceIp,
  createdAt,
  lastSeenAt,
  expiresAt: endsAt,
  current: id === currentId,
});
