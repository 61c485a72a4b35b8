import { userState } from "../../shared/domain/people/user.ts";
import { type PublicInput, publicChange } from "../../shared/http/public-operation.ts";
import { loginOf } from "../../shared/store/access/access-log.ts";
import { takeSourceAttempt } from "../../shared/store/access/attempts.ts";
import { findUserLogin, findUserPlace, knownClientOf } from "../../shared/store/people/logins.ts";
import { loadRelyingParty, refusedPasskey, usePasskey } from "../../shared/store/people/passkeys.ts";
import { userOfHandle } from "../../shared/store/people/webauthn.ts";
import { beginSession } from "../people/begin-session.ts";
import { provePassword } from "../people/password-proof.ts";
import { passkeys as contracts } from "./contract.ts";

type LoginInput = PublicInput<typeof contracts.loginWithPasskey>;

/**
 * The user whose passkey it is said to be. Somebody without access is as unknown as somebody who is not there. A signature cannot be guessed, so
 * the place that the request comes from is counted, and no name.
 */
async function findClaimed({ body, db, now, open, sourceIp, takeAttempt }: LoginInput) {
  const [place, client] = await Promise.all([
    findUserPlace(db, userOfHandle(body.response.response.userHandle ?? "")),
    knownClientOf(db, body.knownClientToken, now),
  ]);
  const attempt = await takeAttempt(() => takeSourceAttempt(open, sourceIp, now));
  const claimed = place && { ...place, isKnown: client === place.user.id, noFailure: attempt.succeeded() };
  return { claimed, user: claimed && userState(claimed.user, now) === "active" ? claimed.user : null };
}

/** The user who has the name and the password of a request. @throws DomainError wrong_password | rate_limited */
async function findProved(input: LoginInput, username: string, password: string) {
  const body = { ...input.body, username, password };
  const claimed = await provePassword({ ...input, body }, findUserLogin, ({ passkeys }) => passkeys.length > 0);
  return { claimed, user: claimed.user };
}

/**
 * Logs a user in by a passkey whose authenticator has made sure of the person; or by a password, with any passkey of that user as the second
 * factor. A passkey that is unknown, removed or of somebody without access, a wrong signature and a challenge that was used are answered alike.
 */
export async function loginWithPasskey(input: LoginInput) {
  const { body, db, now: nowMs, context } = input;
  const site = loadRelyingParty(context);
  const { username, password } = body;
  const isSecond = username !== undefined && password !== undefined;
  const { claimed, user } = isSecond ? await findProved(input, username, password) : await findClaimed(input);
  const proof = await usePasskey({ db, site, nowMs }, user, body.response, { purpose: "login" }, !isSecond);
  if (typeof proof === "string" || !claimed) {
    const reason = typeof proof === "string" ? proof : "wrong_passkey";
    const type = isSecond ? "SecondFactorFailed" : "LoginFailed";
    input.noteAccess({ type, ...loginOf(claimed?.user), reason });
    throw refusedPasskey(reason);
  }
  return beginSession(input, { ...claimed, ...proof });
}

export const handler = publicChange(contracts.loginWithPasskey, loginWithPasskey);
