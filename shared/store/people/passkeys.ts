import { hasCountedOn, type RelyingParty, relyingPartyOf, withPasskey } from "../../domain/people/passkey.ts";
import type { AuthenticationResponse } from "../../domain/people/passkey-ceremony.ts";
import type { UserRecord } from "../../domain/people/user.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import type { Database } from "../table/database.ts";
import type { Delete, Update } from "../table/writes.ts";
import { type ChallengeFor, findChallenge } from "./challenges.ts";
import { saveUser } from "./users.ts";
import { userOfHandle, verifyAuthentication } from "./webauthn.ts";

/** The site that passkeys are bound to. @throws DomainError not_applicable where the installation has no name */
export function loadRelyingParty({ publicUrl }: { publicUrl: string }): RelyingParty {
  const site = relyingPartyOf(publicUrl);
  if (site) return site;
  throw new DomainError("not_applicable", "Passkeys are bound to a domain, and this installation has none.");
}

const refusals = {
  wrong_passkey:
    "This passkey is not known here, its answer is wrong or too late, or it was used before. Ask for another challenge.",
  passkey_copied:
    "The passkey was used more often than its authenticator has counted, so there is a copy of it. Remove it and add another one.",
};
export type PasskeyRefusal = keyof typeof refusals;
export const refusedPasskey = (code: PasskeyRefusal): DomainError => new DomainError(code, refusals[code]);

/** The key of a passkey that nobody has: what nobody has takes as long to verify as what somebody has. */
const nobodysPasskey = {
  credentialId: "nobody",
  publicKey: "pQECAyYgASFYIN-DxYohUEUey5MjhyLz0mGEEgzvpVHsWoqSjTT0doNMIlggV_a2xRpH7bqfGuD6FK9ilXFXv1xc7EjPY0Ah5cSwSZA",
};

/** The writes that an answer of a passkey costs. */
export interface UsedPasskey {
  /** On the user's own item, as it was read: what the authenticator has counted, and when. */
  factor: Update;
  /** The challenge. */
  used: Delete;
}

/**
 * What an answer of one of a user's passkeys costs, or why it does not count.
 * @param user null: nobody, who is answered after the same time
 * @param isVerified the authenticator must have made sure of the person, by a PIN or a finger
 */
export async function usePasskey(
  { db, site, nowMs }: { db: Database; site: RelyingParty; nowMs: number },
  user: UserRecord | null,
  response: AuthenticationResponse,
  wanted: ChallengeFor,
  isVerified: boolean,
): Promise<UsedPasskey | PasskeyRefusal> {
  const passkey = user?.passkeys.find(({ credentialId }) => credentialId === response.id);
  const found = await findChallenge(db, response.response.clientDataJSON, wanted, nowMs);
  const signed = await verifyAuthentication(
    site,
    found?.challenge ?? "",
    response,
    passkey ?? nobodysPasskey,
    isVerified,
  );
  const { userHandle } = response.response;
  const isOwn = !userHandle || userOfHandle(userHandle) === user?.id;
  if (!user || !passkey || !found || !signed || !isOwn) return "wrong_passkey";
  if (!hasCountedOn(passkey, signed.counter)) return "passkey_copied";
  const changes = { counter: signed.counter, lastUsedAt: new Date(nowMs).toISOString() };
  return {
    factor: saveUser(user, { passkeys: withPasskey(user.passkeys, passkey.id, changes) }, nowMs),
    used: found.used,
  };
}
