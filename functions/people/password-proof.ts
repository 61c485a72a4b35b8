import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { mayEnter } from "../../shared/domain/accounts/portal.ts";
import { hasSecondFactor, userState } from "../../shared/domain/people/user.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import type { PublicInput } from "../../shared/http/public-operation.ts";
import { loginOf } from "../../shared/store/access/access-log.ts";
import { takeLoginAttempt } from "../../shared/store/access/attempts.ts";
import { nobodysHash, verifyPassword } from "../../shared/store/access/credentials.ts";
import { findLoginOwner, knownClientOf, type UserPlace } from "../../shared/store/people/logins.ts";
import { userKey } from "../../shared/store/table/keys.ts";
import type { Update } from "../../shared/store/table/writes.ts";
import type { people as contracts } from "./contract.ts";
import { useCode, wrongCode } from "./second-factor.ts";

type LoginInput = PublicInput<typeof contracts.login>;

/** The write that uses up the second factor where a user has one; else an empty one that makes sure of the user. @throws DomainError code_required | wrong_code */
async function secondFactor(input: LoginInput, { user }: UserPlace): Promise<Update> {
  if (!hasSecondFactor(user)) {
    const when = [{ attribute: "version", is: user.version }];
    return { kind: "update", key: userKey(user.id), set: {}, add: {}, when };
  }
  const { code } = input.body;
  if (code === undefined) throw new DomainError("code_required", "Send a code of your authenticator app too.");
  const used = await useCode(user, code, input.now);
  if (used) return used;
  input.noteAccess({ type: "SecondFactorFailed", ...loginOf(user), reason: "wrong_code" });
  throw wrongCode();
}

/**
 * Whoever has the name and the password, a user or an account, and the writes that this costs. A name that nobody has, a wrong password, a user
 * without access and an account that may not enter the portal are answered alike, after the same time; a code is looked at once the password is right.
 * @throws DomainError wrong_password | code_required | wrong_code | rate_limited
 */
export async function provePassword(input: LoginInput) {
  const { body, db, now } = input;
  const [place, client] = await Promise.all([
    findLoginOwner(db, body.username),
    knownClientOf(db, body.knownClientToken, now),
  ]);
  const user = place && "user" in place ? place.user : null;
  const owner = place && ("user" in place ? place.user : place.account);
  const isKnown = client !== null && client === owner?.id;
  const proves = isKnown || (body.code !== undefined && user !== null && hasSecondFactor(user));
  const attempt = await input.takeAttempt(() =>
    takeLoginAttempt(input.open, normaliseLogin(body.username), input.sourceIp, now, proves),
  );
  const right = await verifyPassword(body.password, owner?.passwordHash ?? nobodysHash);
  const enters = place && ("user" in place ? userState(place.user, now) === "active" : mayEnter(place));
  if (!place || !right || !enters) {
    input.noteAccess({ type: "LoginFailed", ...loginOf(owner ?? undefined), reason: "wrong_password" });
    throw new DomainError("wrong_password", "Nobody has this user name and this password.");
  }
  const proved = { isKnown, noFailure: attempt.succeeded() };
  return "user" in place ? { ...place, ...proved, factor: await secondFactor(input, place) } : { ...place, ...proved };
}
