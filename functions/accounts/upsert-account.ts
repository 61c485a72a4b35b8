import { type Input, operation } from "../../shared/http/operation.ts";
import { accounts as contracts } from "./contract.ts";
import { newAccount, stores } from "./create-account.ts";
import { modification } from "./update-account.ts";

/**
 * Creates the account with a reference under a customer or a parent account, or changes it where it exists. What counts for a new account only
 * (password, trial, a new contact) is not looked at then: a program sends what it has always sent.
 */
export async function upsertAccount({
  body,
  branchId,
  ifMatch,
  deps,
}: Input<typeof contracts.upsertAccount, typeof stores>) {
  const { accounts } = deps;
  const { username, plan, contactId, active, hardQuotaBytes, userQuotaBytes, externalRef } = body;
  const known = await accounts.findByRef(branchId, externalRef, username);
  if (known === null) return newAccount(body, deps, false);
  const patch = { username, plan, contactId, active, hardQuotaBytes, userQuotaBytes };
  const place = await accounts.loadLive(known, patch);
  ifMatch(place.account.version);
  return { ...(await modification(patch, place, accounts)), status: 200 as const };
}

export const handler = operation(contracts.upsertAccount, upsertAccount, stores);
