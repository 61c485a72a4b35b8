import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { userState } from "../../shared/domain/people/user.ts";
import { type PublicInput, publicChange } from "../../shared/http/public-operation.ts";
import { seal } from "../../shared/runtime/sealer.ts";
import { takeLoginAttempt } from "../../shared/store/access/attempts.ts";
import { logWrite } from "../../shared/store/hierarchy/log.ts";
import { findSuppression } from "../../shared/store/mail/addresses.ts";
import { queueMail, refusalToMail } from "../../shared/store/mail/outbox.ts";
import { decoyKeyOf, decoyReset, nobodysAddress } from "../../shared/store/people/decoys.ts";
import { findUserLogin } from "../../shared/store/people/logins.ts";
import { saveUser } from "../../shared/store/people/users.ts";
import { codeMail } from "../users/code-mail.ts";
import { people as contracts } from "./contract.ts";

/**
 * Mails a user a code with which to choose another password. Whether there is such a user is not told: the answer is the same after the same
 * reads and as many writes, and asking counts as an attempt to log in.
 */
export async function requestPasswordReset(input: PublicInput<typeof contracts.requestPasswordReset>) {
  const { body, db, now, context } = input;
  const result = { accepted: true };
  const name = normaliseLogin(body.username);
  const decoyAt = decoyKeyOf(name);
  const [place, decoy] = await Promise.all([findUserLogin(db, body.username), db.get(decoyAt)]);
  const [suppression] = await Promise.all([
    findSuppression(db, place?.user.email ?? nobodysAddress),
    input.takeAttempt(() => takeLoginAttempt(input.open, `reset ${name}`, input.sourceIp, now)),
  ]);
  const isToldNothing =
    !place ||
    userState(place.user, now) !== "active" ||
    suppression !== null ||
    refusalToMail(context, place.chain, null, "") !== null;
  if (isToldNothing) return { result, writes: await decoyReset(context, seal, decoyAt, decoy) };
  const { user, chain } = place;
  const { publicUrl } = context;
  const { mail, kept } = codeMail("password", user, chain, { secret: context.secret(), publicUrl, now });
  const queued = await queueMail(context, mail, chain, "", seal);
  // An address that is suppressed meanwhile is found to be so from fresh reads: a refusal would name it.
  const writes = queued.writes.map((refused) => {
    const { otherwise: _, ...write } = refused;
    return write;
  });
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
