import type { PasskeyRecord, RelyingParty } from "../../domain/people/passkey.ts";
import type { AuthenticationResponse, RegistrationResponse } from "../../domain/people/passkey-ceremony.ts";
import type { UserRecord } from "../../domain/people/user.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Delete, Put } from "../table/writes.ts";
import { findChallenge, newChallenge } from "./challenges.ts";
import { loadRelyingParty, refusedPasskey, type PasskeyRefusal, type UsedPasskey, usePasskey } from "./passkeys.ts";
import { verifyRegistration } from "./webauthn.ts";

type OwnPurpose = "registration" | "proof";

/** The ceremonies by which somebody who has logged in adds passkeys and proves who he is by one. */
export const ownPasskeys = (context: StoreContext) => {
  const { db, caller } = context;
  const wanted = (purpose: OwnPurpose) => ({ purpose, userId: caller.id });
  /** @throws DomainError not_applicable where the installation has no name */
  const site = (): RelyingParty => loadRelyingParty(context);
  return {
    site,
    /** A challenge for the caller alone, and its write. */
    challenge(purpose: OwnPurpose): { challenge: string; write: Put } {
      const challenge = context.secret();
      return { challenge, write: newChallenge(challenge, wanted(purpose), context.now()) };
    },
    /** The passkey that an authenticator has made, and the write that uses up its challenge. @throws DomainError wrong_passkey */
    async made(response: RegistrationResponse, name: string): Promise<{ passkey: PasskeyRecord; used: Delete }> {
      const found = await findChallenge(db, response.response.clientDataJSON, wanted("registration"), context.now());
      const verified = found && (await verifyRegistration(site(), found.challenge, response));
      if (!found || !verified) throw refusedPasskey("wrong_passkey");
      const at = new Date(context.now()).toISOString();
      const { transports = [] } = response.response;
      const own = { name, transports, lastUsedAt: null, createdAt: at, updatedAt: at };
      return { passkey: { id: context.id("passkey"), version: 1, ...own, ...verified }, used: found.used };
    },
    /** The writes by which the caller proves who he is, or why the answer does not count. */
    use: (user: UserRecord, response: AuthenticationResponse): Promise<UsedPasskey | PasskeyRefusal> =>
      usePasskey({ db, site: site(), nowMs: context.now() }, user, response, wanted("proof"), false),
  };
};
