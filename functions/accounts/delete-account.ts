import { deletedAccount } from "../../shared/domain/life/deleted-account.ts";
import { checkConfirmation } from "../../shared/domain/life/deletion.ts";
import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountDeletionStore } from "../../shared/store/life/account-deletions.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { accounts as contracts } from "./contract.ts";

const stores = { accounts: accountStore, deletions: deletionStore, marks: accountDeletionStore };

/**
 * Marks an account as deleted, and by it its sub-accounts; login, plan, contact and data stay for the grace period, licences go back. Refuses
 * without the user name as confirmation, and while its devices are being moved. Again is no error.
 */
export async function deleteAccount({
  params,
  query,
  ifMatch,
  deps: { accounts, deletions, marks },
}: Input<typeof contracts.deleteAccount, typeof stores>) {
  const place = await accounts.loadLive(params.id);
  const { account: before } = place;
  ifMatch(before.version);
  if (before.deletedAt !== null) return { result: accounts.present(place), writes: [] };
  checkConfirmation(query.confirm, before.username, normaliseLogin, "the account's user name");
  const marked = deletedAccount(place, deletions.newId(), accounts.now());
  return {
    result: accounts.present({ ...place, account: marked.account }),
    writes: marks.remove(place, marked, query.onBehalfOf),
  };
}

export const handler = operation(contracts.deleteAccount, deleteAccount, stores);
