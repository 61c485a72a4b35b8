import { type PublicInput, publicChange } from "../../shared/http/public-operation.ts";
import { challengeAttempts, takeAttempt } from "../../shared/store/access/attempts.ts";
import { sourceOf } from "../../shared/store/access/sources.ts";
import { newChallenge } from "../../shared/store/people/challenges.ts";
import { loadRelyingParty } from "../../shared/store/people/passkeys.ts";
import { authenticationOptions } from "../../shared/store/people/webauthn.ts";
import { passkeys as contracts } from "./contract.ts";

/** Gives a browser a challenge for whichever passkey the person chooses. It names no passkeys, so it tells nobody who has some. */
export async function startPasskeyLogin(input: PublicInput<typeof contracts.startPasskeyLogin>) {
  const { body, open, sourceIp, now, context } = input;
  const site = loadRelyingParty(context);
  await input.takeAttempt(() => takeAttempt(open, "challenge", sourceOf(sourceIp), challengeAttempts, now));
  const challenge = context.secret();
  return {
    result: await authenticationOptions(site, challenge, [], body.withPassword ? "preferred" : "required"),
    writes: [newChallenge(challenge, { purpose: "login" }, now)],
  };
}

export const handler = publicChange(contracts.startPasskeyLogin, startPasskeyLogin);
