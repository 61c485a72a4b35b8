import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { ownPasskeys } from "../../shared/store/people/own-passkeys.ts";
import { authenticationOptions } from "../../shared/store/people/webauthn.ts";
import { passkeys as contracts } from "./contract.ts";

const stores = { own: ownAccessStore, passkeys: ownPasskeys };

/** Gives the caller's browser a challenge for one of his passkeys. Refused where he has none. */
export async function startPasskeyProof({
  deps: { own, passkeys },
}: Input<typeof contracts.startPasskeyProof, typeof stores>) {
  const { user } = await own.load();
  if (user.passkeys.length === 0) throw new DomainError("not_applicable", "You have no passkey.");
  const site = passkeys.site();
  const { challenge, write } = passkeys.challenge("proof");
  return { result: await authenticationOptions(site, challenge, user.passkeys, "preferred"), writes: [write] };
}

export const handler = operation(contracts.startPasskeyProof, startPasskeyProof, stores);
