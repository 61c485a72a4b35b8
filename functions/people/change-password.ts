import { differenceIn } from "../../shared/domain/hierarchy/log-changes.ts";
import { DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { checkPassword } from "../../shared/domain/access/password.ts";
import { type PublicInput, publicChange } from "../../shared/http/public-operation.ts";
import { accessWrite, loginOf, sessionEnded } from "../../shared/store/access/access-log.ts";
import { takeLoginAttempt } from "../../shared/store/access/attempts.ts";
import { hashPassword, nobodysHash, verifyPassword } from "../../shared/store/access/credentials.ts";
import { logWrite } from "../../shared/store/hierarchy/log.ts";
import { findLogin, savePassword } from "../../shared/store/access/logins.ts";
import { people as contracts } from "./contract.ts";

/**
 * Changes the password of an account by its old one. A name that nobody has, a wrong password and a deleted account are answered alike,
 * after the same time. Sent again after it took effect it succeeds again. Refuses a new password that is weak or the old one.
 */
export async function changePassword(input: PublicInput<typeof contracts.changePassword>) {
  const { body, open, db, now } = input;
  const { username, password, newPassword } = body;
  checkPassword(newPassword, username, "newPassword");
  if (newPassword === password)
    throw refuse("password_too_weak", "newPassword", "The new password must not be the old one.");
  const login = normaliseLogin(username);
  const [found, attempt] = await Promise.all([
    findLogin(db, username),
    input.takeAttempt(() => takeLoginAttempt(open, login, input.sourceIp, now)),
  ]);
  const hash = found?.account.passwordHash ?? nobodysHash;
  const right = await verifyPassword(password, hash);
  // An answer that was lost: the new password is already the one that counts, and whoever knows it may know so.
  const repeated = !right && (await verifyPassword(newPassword, hash));
  if (!found || !(right || repeated)) {
    input.noteAccess({ type: "LoginFailed", ...loginOf(found?.account), reason: "wrong_password" });
    throw new DomainError("wrong_password", "No account has this user name and this password.");
  }
  const { account, chain } = found;
  const noFailure = attempt.succeeded();
  // A rehearsal writes nothing but this: it must not use up what the real attempt needs.
  if (input.dryRun) await Promise.all(noFailure.map((write) => open().update(write)));
  const result = { username: account.username, mustChangePassword: false };
  const entered = accessWrite(input.context, { type: "LoginSucceeded", ...loginOf(account) });
  if (repeated) return { result, writes: [...noFailure, entered] };
  const caller = { kind: "account" as const, id: account.id, scopeId: account.customerId };
  return {
    result,
    writes: [
      savePassword(account, await hashPassword(newPassword), now),
      ...noFailure,
      entered,
      sessionEnded(input.context, account, "password_changed"),
      logWrite({ ...input.context, caller }, chain, {
        type: "PasswordChanged",
        node: { id: account.id, level: null, name: account.username },
        changes: differenceIn(["mustChangePassword"], account, result),
      }),
    ],
  };
}

export const handler = publicChange(contracts.changePassword, changePassword);
