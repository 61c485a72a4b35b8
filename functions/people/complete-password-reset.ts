import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { type PublicInput, publicChange } from "../../shared/http/public-operation.ts";
import { sessionEnded } from "../../shared/store/access/access-log.ts";
import { forgiveLogin } from "../../shared/store/access/attempts.ts";
import { people as contracts } from "./contract.ts";
import { choosePassword } from "./mailed-codes.ts";

/** Sets another password by the code from a mail, and ends all sessions. Refuses a code that does not count any more, and weak passwords. */
export async function completePasswordReset(input: PublicInput<typeof contracts.completePasswordReset>) {
  const { code, newPassword } = input.body;
  const { user, writes } = await choosePassword(input, "passwordReset", code, newPassword, "newPassword");
  // Whoever has been shut out by failures has a new password to try.
  const { username } = user;
  return {
    result: { username },
    writes: [
      ...writes,
      sessionEnded(input.context, user, "password_changed"),
      forgiveLogin(normaliseLogin(username), input.now),
    ],
  };
}

export const handler = publicChange(contracts.completePasswordReset, completePasswordReset);
