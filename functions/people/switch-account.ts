import { presentLogin } from "../../shared/domain/accounts/portal.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccountStore } from "../../shared/store/people/own-account.ts";
import { people as contracts } from "./contract.ts";

const stores = { own: ownAccountStore };

/**
 * Lets the session see another account of the same customer instead, without another login. An account of another customer, and one that is
 * suspended or deleted, is not found. Refuses where a level above forbids it.
 */
export async function switchAccount({ body, deps: { own } }: Input<typeof contracts.switchAccount, typeof stores>) {
  const [account, session] = await Promise.all([own.loadOther(body.accountId), own.current()]);
  return { result: presentLogin(account), writes: [own.see(session, account)] };
}

export const handler = operation(contracts.switchAccount, switchAccount, stores);
