import { withPasskey } from "../../shared/domain/people/passkey.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { passkeys as contracts } from "./contract.ts";
import { loggedPasskey, passkeyOf, presentPasskey } from "./own-passkey.ts";

const stores = { own: ownAccessStore };

/** Gives one of the caller's passkeys another name. The name that it has changes nothing. */
export async function updatePasskey({
  params,
  body,
  ifMatch,
  deps: { own },
}: Input<typeof contracts.updatePasskey, typeof stores>) {
  const { user, chain } = await own.load();
  const before = passkeyOf(user, params.id);
  ifMatch(before.version);
  const { name = before.name } = body;
  if (name === before.name) return { result: presentPasskey(before), writes: [] };
  const after = { ...before, name, version: before.version + 1, updatedAt: new Date(own.now()).toISOString() };
  return {
    result: presentPasskey(after),
    writes: [
      own.save(user, { passkeys: withPasskey(user.passkeys, before.id, after) }),
      own.log(chain, { type: "PasskeyUpdated", ...loggedPasskey(user, before, after) }),
    ],
  };
}

export const handler = operation(contracts.updatePasskey, updatePasskey, stores);
