import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { passkeys as contracts } from "./contract.ts";
import { presentPasskey } from "./own-passkey.ts";

const stores = { own: ownAccessStore };

/** Lists the caller's passkeys. */
export async function listPasskeys({ deps: { own } }: Input<typeof contracts.listPasskeys, typeof stores>) {
  const { user } = await own.load();
  return { items: user.passkeys.map(presentPasskey) };
}

export const handler = operation(contracts.listPasskeys, listPasskeys, stores);
