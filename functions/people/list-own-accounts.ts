import * as z from "zod";
import { maySwitch, mayEnter, presentLogin } from "../../shared/domain/accounts/portal.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { people as contracts } from "./contract.ts";

const stores = { accounts: accountStore };

/** Lists the accounts that whoever has logged in by one may see, one at a time: it, and the others of its customer that are in use. */
export async function listOwnAccounts({
  caller,
  page,
  deps: { accounts },
}: Input<typeof contracts.listOwnAccounts, typeof stores>) {
  const { places, next, chain } = await accounts.list(caller.scopeId, page.limit, page.position(z.string()));
  const open = places.filter((place) => mayEnter(place) && (place.account.id === caller.id || maySwitch(chain)));
  return {
    items: open.map(({ account }) => ({ ...presentLogin(account), current: account.id === caller.account?.id })),
    nextCursor: page.next(next),
  };
}

export const handler = operation(contracts.listOwnAccounts, listOwnAccounts, stores);
