import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { accounts as contracts } from "./contract.ts";

const stores = { accounts: accountStore };

/** Lists the accounts of one customer, oldest first, deleted ones until they are purged; or finds the one with a user name. */
export async function listAccounts({
  branchId,
  query,
  page,
  deps: { accounts },
}: Input<typeof contracts.listAccounts, typeof stores>) {
  if (query.username !== undefined) {
    const found = await accounts.findByUsername(branchId, query.username);
    return { items: found ? [accounts.present(found)] : [], nextCursor: null };
  }
  const { places, next } = await accounts.list(branchId, page.limit, page.position(z.string()));
  return { items: places.map((place) => accounts.present(place)), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listAccounts, listAccounts, stores);
