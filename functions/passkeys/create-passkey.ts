import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { ownPasskeys } from "../../shared/store/people/own-passkeys.ts";
import { passkeys as contracts } from "./contract.ts";
import { loggedPasskey, presentPasskey, refuseTooMany } from "./own-passkey.ts";

const stores = { own: ownAccessStore, passkeys: ownPasskeys };

/** Adds a passkey of the caller's. Refuses an answer that does not fit its challenge, a passkey that he has, and more than he may have. */
export async function createPasskey({
  body,
  deps: { own, passkeys },
}: Input<typeof contracts.createPasskey, typeof stores>) {
  const { user, chain } = await own.load();
  refuseTooMany(user);
  const { passkey, used } = await passkeys.made(body.response, body.name);
  if (user.passkeys.some(({ credentialId }) => credentialId === passkey.credentialId))
    throw new DomainError("not_applicable", "You have this passkey already.");
  return {
    result: presentPasskey(passkey),
    writes: [
      own.save(user, { passkeys: [...user.passkeys, passkey] }),
      used,
      own.log(chain, { type: "PasskeyAdded", ...loggedPasskey(user, null, passkey) }),
    ],
  };
}

export const handler = operation(contracts.createPasskey, createPasskey, stores);
