import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { userState } from "../../shared/domain/people/user.ts";
import { type PublicInput, publicChange } from "../../shared/http/public-operation.ts";
import { seal } from "../../shared/runtime/sealer.ts";
import { takeLoginAttempt } from "../../shared/store/access/attempts.ts";
import { logWrite } from "../../shared/store/hierarchy/log.ts";
import { queueMail, refusalToMail } from "../../shared/store/mail/outbox.ts";
import { findUserLogin } from "../../shared/store/people/logins.ts";
import { saveUser } from "../../shared/store/people/users.ts";
import { codeMail } from "../users/code-mail.ts";
import { people as contracts } from "./contract.ts";

/**
 * Mails a user a code with which to choose another password. Whether there is such a user is not told: the answer is the same, and asking counts
 * as an attempt to log in.
 */
export async function requestPasswordReset(input: PublicInput<typeof contracts.requestPasswordReset>) {
  const { body, db, now, context } = input;
  const result = { accepted: true };
  const place = await findUserLogin(db, body.username);
  await input.takeAttempt(() =>
    takeLoginAttempt(input.open, `reset ${normaliseLogin(body.username)}`, input.sourceIp, now),
  );
  if (!place || userState(place.user, now) !== "active") return { result, writes: [] };
  const { user, chain } = place;
  if (refusalToMail(context, chain, null, "")) return { result, writes: [] };
  const { publicUrl } = context;
  const { mail, kept } = codeMail("password", user, chain, { secret: context.secret(), publicUrl, now });
  const { writes } = await queueMail(context, mail, chain, "", seal);
  const caller = { kind: "user" as const, id: user.id, scopeId: user.customerId };
  return {
    result,
    writes: [
      saveUser(user, { passwordReset: kept }, now),
      ...writes,
      logWrite({ ...context, caller }, chain, {
        type: "UserPasswordReset",
        node: { id: user.id, level: null, name: user.username },
      }),
    ],
  };
}

export const handler = publicChange(contracts.requestPasswordReset, requestPasswordReset);
