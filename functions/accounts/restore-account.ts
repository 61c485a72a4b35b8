import { refuseUnderDeleted, restoredAccount } from "../../shared/domain/life/deleted-account.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountDeletionStore } from "../../shared/store/life/account-deletions.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { deletionStore } from "../../shared/store/life/deletions.ts";
import { accounts as contracts } from "./contract.ts";

const stores = { accounts: accountStore, deletions: deletionStore, marks: accountDeletionStore };

/**
 * Brings a deleted account back, its sub-accounts and devices with it. Refuses once it has been purged, below a parent account that is
 * deleted, and where the licences of its devices are no longer free. One that is not deleted stays as it is.
 */
export async function restoreAccount({
  params,
  ifMatch,
  deps: { accounts, deletions, marks },
}: Input<typeof contracts.restoreAccount, typeof stores>) {
  const place = await deletions.orGone(params.id, "account", () => accounts.loadLive(params.id));
  ifMatch(place.account.version);
  if (place.account.deletedAt === null) {
    // A sub-account that its parent account took along has no mark of its own.
    refuseUnderDeleted(place);
    return { result: accounts.present(place), writes: [] };
  }
  const marked = restoredAccount(place, accounts.now());
  return {
    result: accounts.present({ ...place, account: marked.account }),
    writes: marks.restore(place, marked),
  };
}

export const handler = operation(contracts.restoreAccount, restoreAccount, stores);
