import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { checkPassword } from "../../shared/domain/access/password.ts";
import { differenceIn } from "../../shared/domain/hierarchy/log-changes.ts";
import { DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import { hashPassword, verifyPassword } from "../../shared/store/access/credentials.ts";
import type { ownAccountStore } from "../../shared/store/people/own-account.ts";
import type { ownAttempts } from "../../shared/store/people/own-attempts.ts";

/** Changes the password of the account that has logged in by the old one, and ends its other sessions. Refuses a weak password, or the old one. */
export async function changePortalPassword(
  { password, newPassword }: { password: string; newPassword: string },
  own: ReturnType<typeof ownAccountStore>,
  attempts: ReturnType<typeof ownAttempts>,
) {
  const [{ account, chain }, session] = await Promise.all([own.load(), own.current()]);
  checkPassword(newPassword, account.username, "newPassword");
  if (newPassword === password)
    throw refuse("password_too_weak", "newPassword", "The new password must not be the old one.");
  const forgive = await attempts.take(normaliseLogin(account.username));
  if (!(await verifyPassword(password, account.passwordHash)))
    throw new DomainError("wrong_password", "This is not your password.");
  const passwordHash = await hashPassword(newPassword);
  const result = { username: account.username, mustChangePassword: false };
  return {
    result,
    writes: [
      own.savePassword(account, passwordHash),
      own.keep(session, passwordHash),
      own.noteEnd(account),
      forgive,
      own.log(chain, {
        type: "PasswordChanged",
        node: { id: account.id, level: null, name: account.username },
        changes: differenceIn(["mustChangePassword"], account, result),
      }),
    ],
  };
}
