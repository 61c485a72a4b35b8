import { normaliseLogin } from "../../shared/domain/access/login.ts";
import type { AccountPatch, AccountPlace } from "../../shared/domain/accounts/account.ts";
import { changedAccount, refuseToCustomers } from "../../shared/domain/accounts/new-account.ts";
import { refuseToPortal } from "../../shared/domain/accounts/portal.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { type AccountStore, accountStore } from "../../shared/store/accounts/accounts.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { accounts as contracts } from "./contract.ts";

const stores = { accounts: accountStore };

/**
 * The answer and the writes of a changed account. Refuses a plan for which the customer has another parent account, a login name or a reference that is
 * taken, a contact of another customer, quotas over the customer's limit; to credentials of end-customers what is decided by those who sell;
 * and to the login of the account all but its user quota.
 */
export async function modification(body: AccountPatch, place: AccountPlace, accounts: AccountStore) {
  const { account: before, chain } = place;
  if (accounts.caller.account) refuseToPortal(chain, body);
  refuseToCustomers(accounts.caller.scopeId, chain, body);
  const account = changedAccount(body, place, accounts.now());
  if (account === before) return { result: accounts.present(place), writes: [] };
  await accounts.checkFree(chain, {
    plan: account.plan === before.plan ? null : account.plan,
    username: normaliseLogin(account.username) === normaliseLogin(before.username) ? null : account.username,
  });
  if (account.externalRef !== before.externalRef) await accounts.checkRef(chain, account);
  const moved = account.contactId !== before.contactId;
  const next = moved ? await accounts.loadContact(chain, account.contactId) : null;
  const contact = next ? { ...next, accountCount: next.accountCount + 1 } : place.contact;
  return {
    result: accounts.present({ ...place, account, contact }),
    writes: [
      ...accounts.save(before, account, chain),
      accounts.log(chain, {
        type: "AccountUpdated",
        node: { id: account.id, level: null, name: account.username },
        changes: difference(before, account),
      }),
    ],
  };
}

/** Changes an account. A parent account's plan is that of its sub-accounts at once. */
export async function updateAccount({
  params,
  body,
  ifMatch,
  deps: { accounts },
}: Input<typeof contracts.updateAccount, typeof stores>) {
  const place = await accounts.loadLive(params.id, body);
  ifMatch(place.account.version);
  return modification(body, place, accounts);
}

export const handler = operation(contracts.updateAccount, updateAccount, stores);
