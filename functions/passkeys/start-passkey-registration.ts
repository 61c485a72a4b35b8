import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { ownPasskeys } from "../../shared/store/people/own-passkeys.ts";
import { registrationOptions } from "../../shared/store/people/webauthn.ts";
import { passkeys as contracts } from "./contract.ts";
import { refuseTooMany } from "./own-passkey.ts";

const stores = { own: ownAccessStore, passkeys: ownPasskeys };

/** Gives the caller's browser a challenge for a new passkey. Refused where he has as many as he may. */
export async function startPasskeyRegistration({
  deps: { own, passkeys },
}: Input<typeof contracts.startPasskeyRegistration, typeof stores>) {
  const { user, chain } = await own.load();
  refuseTooMany(user);
  const site = passkeys.site();
  const { challenge, write } = passkeys.challenge("registration");
  return {
    result: await registrationOptions(site, effectiveSettings(chain).mail.senderName.value, user, challenge),
    writes: [write],
  };
}

export const handler = operation(contracts.startPasskeyRegistration, startPasskeyRegistration, stores);
