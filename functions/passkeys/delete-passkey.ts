import { changeFactors } from "../../shared/domain/people/user.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { passkeys as contracts } from "./contract.ts";
import { loggedPasskey, passkeyOf, presentPasskey } from "./own-passkey.ts";

const stores = { own: ownAccessStore };

/** Removes one of the caller's passkeys; with the last second factor the recovery codes go too. */
export async function deletePasskey({
  params,
  ifMatch,
  deps: { own },
}: Input<typeof contracts.deletePasskey, typeof stores>) {
  const { user, chain } = await own.load();
  const passkey = passkeyOf(user, params.id);
  ifMatch(passkey.version);
  return {
    result: presentPasskey(passkey),
    writes: [
      own.save(user, changeFactors(user, { passkeys: user.passkeys.filter(({ id }) => id !== passkey.id) })),
      own.log(chain, { type: "PasskeyRemoved", ...loggedPasskey(user, passkey, null) }),
    ],
  };
}

export const handler = operation(contracts.deletePasskey, deletePasskey, stores);
