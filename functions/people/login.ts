import { hasApp, hasSecondFactor, type UserRecord } from "../../shared/domain/people/user.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type PublicInput, publicChange } from "../../shared/http/public-operation.ts";
import { loginOf } from "../../shared/store/access/access-log.ts";
import { findLoginOwner } from "../../shared/store/people/logins.ts";
import { userKey } from "../../shared/store/table/keys.ts";
import type { Update } from "../../shared/store/table/writes.ts";
import { beginAccountSession } from "./begin-account-session.ts";
import { beginSession } from "./begin-session.ts";
import { people as contracts } from "./contract.ts";
import { provePassword } from "./password-proof.ts";
import { useCode, wrongCode } from "../totp/second-factor.ts";

type LoginInput = PublicInput<typeof contracts.login>;

/** What a user who has sent the password alone is asked for beside it. */
function askForFactor(user: UserRecord): DomainError {
  const passkey = "log in with your passkey: POST /v1/login/passkey";
  return new DomainError(
    "code_required",
    hasApp(user)
      ? `Send a code of your authenticator app too${user.passkeys.length > 0 ? `, or ${passkey}` : ""}.`
      : `Send a recovery code too, or ${passkey}.`,
  );
}

/** The write that uses up the second factor where a user has one; else an empty one that makes sure of the user. @throws DomainError code_required | wrong_code */
async function secondFactor(input: LoginInput, user: UserRecord): Promise<Update> {
  if (!hasSecondFactor(user)) {
    const when = [{ attribute: "version", is: user.version }];
    return { kind: "update", key: userKey(user.id), set: {}, add: {}, when };
  }
  const { code } = input.body;
  if (code === undefined) throw askForFactor(user);
  const used = await useCode(user, code, input.now);
  if (used) return used;
  input.noteAccess({ type: "SecondFactorFailed", ...loginOf(user), reason: "wrong_code" });
  throw wrongCode();
}

/** Logs a user in, by password and second factor; or an account into the portal, by its password. */
export async function login(input: LoginInput) {
  const sendsCode = input.body.code !== undefined;
  const proof = await provePassword(input, findLoginOwner, (user) => sendsCode && hasSecondFactor(user));
  return "user" in proof
    ? beginSession(input, { ...proof, factor: await secondFactor(input, proof.user) })
    : beginAccountSession(input, proof);
}

export const handler = publicChange(contracts.login, login);
