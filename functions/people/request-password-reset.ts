import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { codePage, passwordResetMs, writeMailedCode } from "../../shared/domain/people/mailed-code.ts";
import { userState } from "../../shared/domain/people/user.ts";
import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import { type PublicInput, publicChange } from "../../shared/http/operation.ts";
import { seal } from "../../shared/runtime/sealer.ts";
import { takeLoginAttempt } from "../../shared/store/access/attempts.ts";
import { logWrite } from "../../shared/store/hierarchy/log.ts";
import { queueMail, refusalToMail } from "../../shared/store/mail/outbox.ts";
import { findUserLogin } from "../../shared/store/people/logins.ts";
import { hashMailed } from "../../shared/store/people/sessions.ts";
import { saveUser } from "../../shared/store/people/users.ts";
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
  const secret = context.secret();
  const expiresAt = new Date(now + passwordResetMs).toISOString();
  const { writes } = await queueMail(
    context,
    {
      matter: {
        template: "access-link",
        purpose: "password",
        recipient: user.name,
        customer: chain[0].name,
        username: user.username,
        pageUrl: codePage(context.publicUrl, "password"),
        expiresAt,
      },
      to: { name: user.name, address: user.email },
      accountId: null,
      contactId: null,
      locale: user.locale ?? effectiveSettings(chain).locale.value,
      secret: writeMailedCode({ userId: user.id, secret }),
    },
    chain,
    "",
    seal,
  );
  const caller = { kind: "user" as const, id: user.id, scopeId: user.customerId };
  return {
    result,
    writes: [
      saveUser(user, { passwordReset: { hash: hashMailed(secret), expiresAt } }, now),
      ...writes,
      logWrite({ ...context, caller }, chain, {
        type: "UserPasswordReset",
        node: { id: user.id, level: null, name: user.username },
      }),
    ],
  };
}

export const handler = publicChange(contracts.requestPasswordReset, requestPasswordReset);
