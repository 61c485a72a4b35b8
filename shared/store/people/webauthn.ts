import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { challengeMs, type PasskeyRecord, type RelyingParty } from "../../domain/people/passkey.ts";
import {
  AuthenticationOptions,
  type AuthenticationResponse,
  RegistrationOptions,
  type RegistrationResponse,
} from "../../domain/people/passkey-ceremony.ts";
import type { UserRecord } from "../../domain/people/user.ts";
import { UserId } from "../../domain/terms/ids.ts";
import { isUsableKey } from "./cose-key.ts";

const fromBase64url = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "base64url"));
const toBase64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** What an authenticator is told of a user, and tells us again when he logs in: his id. */
const userHandleOf = (userId: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(userId));
/** The id that a user handle stands for; of another form, an id that nobody has. */
export const userOfHandle = (handle: string): string =>
  UserId.safeParse(Buffer.from(handle, "base64url").toString()).data ?? "usr_nobody";

/** ES256, EdDSA and RS256, which all authenticators have one of. Others would have keys that fill a user's record. */
const algorithms = [-7, -8, -257];

const descriptorOf = ({ credentialId: id, transports }: PasskeyRecord) => ({ id, transports });

/** What a browser is asked for a new passkey of a user. It can be found without a user name, and is none that he has. */
export const registrationOptions = async (
  { id: rpID }: RelyingParty,
  rpName: string,
  user: UserRecord,
  challenge: string,
): Promise<RegistrationOptions> =>
  RegistrationOptions.parse(
    await generateRegistrationOptions({
      rpName,
      rpID,
      userID: userHandleOf(user.id),
      userName: user.username,
      userDisplayName: user.name,
      challenge: fromBase64url(challenge),
      timeout: challengeMs,
      attestationType: "none",
      excludeCredentials: user.passkeys.map(descriptorOf),
      authenticatorSelection: { residentKey: "required", userVerification: "preferred" },
      supportedAlgorithmIDs: algorithms,
    }),
  );

/** What a browser is asked for an answer by a passkey. @param passkeys those that may answer; none: whichever the person chooses */
export const authenticationOptions = async (
  { id: rpID }: RelyingParty,
  challenge: string,
  passkeys: readonly PasskeyRecord[],
  userVerification: "required" | "preferred",
): Promise<AuthenticationOptions> =>
  AuthenticationOptions.parse(
    await generateAuthenticationOptions({
      rpID,
      challenge: fromBase64url(challenge),
      timeout: challengeMs,
      allowCredentials: passkeys.map(descriptorOf),
      userVerification,
    }),
  );

/** The library throws whatever it finds wrong, be it the form, the site, the challenge or the signature: no difference is told. */
const nullIfWrong = <T>(verifying: Promise<T>): Promise<T | null> => verifying.catch(() => null);

/** What a new passkey holds, as its authenticator says; null where the answer does not fit the site and the challenge. */
export async function verifyRegistration(
  { id, origin }: RelyingParty,
  challenge: string,
  response: RegistrationResponse,
): Promise<Pick<PasskeyRecord, "credentialId" | "publicKey" | "counter" | "synced"> | null> {
  const { clientDataJSON, attestationObject } = response.response;
  const verified = await nullIfWrong(
    verifyRegistrationResponse({
      response: { ...response, response: { clientDataJSON, attestationObject }, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: false,
      supportedAlgorithmIDs: algorithms,
    }),
  );
  if (!verified?.verified) return null;
  const { credential, credentialDeviceType } = verified.registrationInfo;
  if (credential.id !== response.id || !isUsableKey(credential.publicKey)) return null;
  return {
    credentialId: credential.id,
    publicKey: toBase64url(credential.publicKey),
    counter: credential.counter,
    synced: credentialDeviceType === "multiDevice",
  };
}

/** What an authenticator has counted, where it has signed the challenge for the site with the passkey; else null. */
export async function verifyAuthentication(
  { id, origin }: RelyingParty,
  challenge: string,
  response: AuthenticationResponse,
  passkey: Pick<PasskeyRecord, "credentialId" | "publicKey">,
  requireUserVerification: boolean,
): Promise<{ counter: number } | null> {
  // Whose passkey it says that it is has been compared already.
  const { userHandle: _, ...answer } = response.response;
  const verified = await nullIfWrong(
    verifyAuthenticationResponse({
      response: { ...response, response: answer, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      // What was counted is compared later: a copy of an authenticator is another matter than a signature that is wrong.
      credential: { id: passkey.credentialId, publicKey: fromBase64url(passkey.publicKey), counter: 0 },
      requireUserVerification,
    }),
  );
  return verified?.verified ? { counter: verified.authenticationInfo.newCounter } : null;
}
