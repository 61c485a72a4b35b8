import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { mayEnter } from "../../shared/domain/accounts/portal.ts";
import { type UserRecord, userState } from "../../shared/domain/people/user.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import type { Contract } from "../../shared/http/contract.ts";
import type { PublicInput } from "../../shared/http/public-operation.ts";
import { loginOf } from "../../shared/store/access/access-log.ts";
import { takeLoginAttempt } from "../../shared/store/access/attempts.ts";
import { nobodysHash, verifyPassword } from "../../shared/store/access/credentials.ts";
import type { LoginPlace } from "../../shared/store/access/logins.ts";
import { knownClientOf, type UserPlace } from "../../shared/store/people/logins.ts";
import type { Database } from "../../shared/store/table/database.ts";
import type { Update } from "../../shared/store/table/writes.ts";

/** A request that logs somebody in by a password, and maybe more. */
type PasswordInput = Omit<PublicInput<Contract>, "body"> & {
  body: { username: string; password: string; knownClientToken?: string | undefined };
};

/** What is known once the password is right: see `Proof`. */
interface RightPassword {
  isKnown: boolean;
  noFailure: Update[];
}

/**
 * Whoever has the name and the password. A name that nobody has, a wrong password, a user without access and an account that may not enter the
 * portal are answered alike, after the same time; a second factor is looked at once the password is right.
 * @param find who has a name, among those that may log in so
 * @param sendsFactor whether the request has something of the kind of a user's second factor: then failures from other addresses do not count
 * @throws DomainError wrong_password | rate_limited
 */
export async function provePassword<Place extends UserPlace | LoginPlace>(
  input: PasswordInput,
  find: (db: Database, username: string) => Promise<Place | null>,
  sendsFactor: (user: UserRecord) => boolean,
): Promise<Place & RightPassword> {
  const { body, db, now } = input;
  const [place, client] = await Promise.all([find(db, body.username), knownClientOf(db, body.knownClientToken, now)]);
  const user = place && "user" in place ? place.user : null;
  const owner = place && ("user" in place ? place.user : place.account);
  const isKnown = client !== null && client === owner?.id;
  const proves = isKnown || (user !== null && sendsFactor(user));
  const attempt = await input.takeAttempt(() =>
    takeLoginAttempt(input.open, normaliseLogin(body.username), input.sourceIp, now, proves),
  );
  const right = await verifyPassword(body.password, owner?.passwordHash ?? nobodysHash);
  const enters = place && ("user" in place ? userState(place.user, now) === "active" : mayEnter(place));
  if (!place || !right || !enters) {
    input.noteAccess({ type: "LoginFailed", ...loginOf(owner ?? undefined), reason: "wrong_password" });
    throw new DomainError("wrong_password", "Nobody has this user name and this password.");
  }
  return { ...place, isKnown, noFailure: attempt.succeeded() };
}
