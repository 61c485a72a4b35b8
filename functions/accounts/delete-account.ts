import { refuse } from "../../shared/domain/errors.ts";
import { normaliseLogin } from "../../shared/domain/login.ts";
import { graceDays } from "../../shared/domain/settings.ts";
import { trialEndAfter } from "../../shared/domain/trial.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts.ts";
import { accounts as contracts } from "./contract.ts";

const stores = { accounts: accountStore };

/**
 * Marks an account as deleted, and by it its sub-accounts; login, plan, contact and data stay for the grace period. Refuses without the
 * user name as confirmation. Again is no error.
 */
export async function deleteAccount({
  params,
  query,
  ifMatch,
  deps: { accounts },
}: Input<typeof contracts.deleteAccount, typeof stores>) {
  const place = await accounts.loadLive(params.id);
  const { account: before, chain } = place;
  ifMatch(before.version);
  if (before.deletedAt !== null) return { result: accounts.present(place), writes: [] };
  if (query.confirm === undefined || normaliseLogin(query.confirm) !== normaliseLogin(before.username))
    throw refuse("confirmation_required", "confirm", "must be the account's user name");
  const now = accounts.now();
  const deletedAt = new Date(now).toISOString();
  const purgeAt = trialEndAfter(now, graceDays(chain));
  const account = { ...before, deletedAt, purgeAt, updatedAt: deletedAt, version: before.version + 1 };
  return {
    result: accounts.present({ ...place, account }),
    writes: [
      ...accounts.save(before, account, chain),
      accounts.log(chain, { type: "AccountDeleted", node: { id: account.id, level: null, name: account.username } }),
    ],
  };
}

export const handler = operation(contracts.deleteAccount, deleteAccount, stores);
