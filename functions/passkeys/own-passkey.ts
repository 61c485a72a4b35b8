import { Passkey, type PasskeyRecord, passkeysAtMost } from "../../shared/domain/people/passkey.ts";
import type { UserRecord } from "../../shared/domain/people/user.ts";
import { DomainError, notFound } from "../../shared/domain/terms/errors.ts";

/** A passkey of a user's. @throws DomainError not_found */
export function passkeyOf({ passkeys }: UserRecord, id: string): PasskeyRecord {
  const found = passkeys.find((one) => one.id === id);
  if (!found) throw notFound("passkey");
  return found;
}

/** @throws DomainError too_many where a user has as many passkeys as one may */
export function refuseTooMany({ passkeys }: UserRecord): void {
  if (passkeys.length >= passkeysAtMost)
    throw new DomainError("too_many", `You have ${passkeysAtMost} passkeys; remove one first.`);
}

/** A passkey as its user sees it: without its key. */
export const presentPasskey = (record: PasskeyRecord): Passkey => Passkey.parse(record);

/** What the log tells of a passkey: the user whose it is, and the name of it. */
export const loggedPasskey = (user: UserRecord, before: PasskeyRecord | null, after: PasskeyRecord | null) => ({
  node: { id: user.id, level: null, name: user.username },
  changes: [{ path: "passkey", before: before?.name ?? null, after: after?.name ?? null }],
});
