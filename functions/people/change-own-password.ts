import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { checkPassword } from "../../shared/domain/access/password.ts";
import { DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAttempts } from "../../shared/store/people/own-attempts.ts";
import { hashPassword, nobodysHash, verifyPassword } from "../../shared/store/access/credentials.ts";
import { ownAccountStore } from "../../shared/store/people/own-account.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { presentUser } from "../users/presentation.ts";
import { people as contracts } from "./contract.ts";
import { changePortalPassword } from "./portal-password.ts";

const stores = { own: ownAccessStore, ownAccount: ownAccountStore, attempts: ownAttempts };

/** Changes the password of the user, or the account, that has logged in by the old one, and ends all other sessions. Refuses a weak password, or the old one. */
export async function changeOwnPassword({
  body: { password, newPassword },
  caller,
  deps: { own, ownAccount, attempts },
}: Input<typeof contracts.changeOwnPassword, typeof stores>) {
  if (caller.account) return changePortalPassword({ password, newPassword }, ownAccount, attempts);
  const [{ user, chain }, session] = await Promise.all([own.load(), own.current()]);
  checkPassword(newPassword, user.username, "newPassword");
  if (newPassword === password)
    throw refuse("password_too_weak", "newPassword", "The new password must not be the old one.");
  const forgive = await attempts.take(normaliseLogin(user.username));
  if (!(await verifyPassword(password, user.passwordHash ?? nobodysHash)))
    throw new DomainError("wrong_password", "This is not your password.");
  const generation = user.generation + 1;
  const changes = { passwordHash: await hashPassword(newPassword), mustChangePassword: false, generation };
  const after = { ...user, ...changes, version: user.version + 1 };
  return {
    result: presentUser(after, own.caller, own.now()),
    writes: [
      own.save(user, changes),
      own.keep(session, generation),
      own.noteEnd("password_changed"),
      forgive,
      own.log(chain, { type: "UserPasswordChanged", node: { id: user.id, level: null, name: user.username } }),
    ],
  };
}

export const handler = operation(contracts.changeOwnPassword, changeOwnPassword, stores);
