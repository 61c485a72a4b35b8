import * as z from "zod";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { accounts as contracts } from "./contract.ts";

const stores = { accounts: accountStore };

/** Lists the accounts of one customer, oldest first, deleted ones until they are purged; or finds the one with a user name or a reference. */
export async function listAccounts({
  branchId,
  query,
  page,
  deps: { accounts },
}: Input<typeof contracts.listAccounts, typeof stores>) {
  const { username, externalRef, parentAccountId } = query;
  if (externalRef === undefined && parentAccountId !== undefined) {
    // Out of sight looks like unknown, whatever else is wrong.
    await accounts.load(parentAccountId);
    throw refuse(
      "not_applicable",
      "parentAccountId",
      "goes with externalRef; a customer's accounts are listed together.",
    );
  }
  if (externalRef !== undefined && username !== undefined)
    throw refuse("not_applicable", "username", "does not go with externalRef.");
  if (externalRef !== undefined) {
    const [, found] = await Promise.all([
      parentAccountId === undefined ? accounts.see(branchId) : accounts.load(parentAccountId),
      accounts.findByRef(branchId, externalRef).then((id) => (id === null ? null : accounts.load(id))),
    ]);
    return { items: found ? [accounts.present(found)] : [], nextCursor: null };
  }
  if (username !== undefined) {
    const found = await accounts.findByUsername(branchId, username);
    return { items: found ? [accounts.present(found)] : [], nextCursor: null };
  }
  const { places, next } = await accounts.list(branchId, page.limit, page.position(z.string()));
  return { items: places.map((place) => accounts.present(place)), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listAccounts, listAccounts, stores);
