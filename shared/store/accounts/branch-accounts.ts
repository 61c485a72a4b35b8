import type { AccountPlace } from "../../domain/accounts/account.ts";
import { sells } from "../../domain/terms/levels.ts";
import { type BranchListPosition, listOverBranch } from "../hierarchy/lists/over-branch.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { accountKey } from "../table/keys.ts";
import { accountStore } from "./accounts.ts";

/** The accounts of all customers of the caller's branch. */
export const branchAccountStore = (context: StoreContext) => {
  const accounts = accountStore(context);
  return {
    /** `listOverBranch` for accounts: those of each customer oldest first. @throws DomainError not_found */
    async list(topId: string, limit: number, position: BranchListPosition | null) {
      const { found, next } = await listOverBranch<AccountPlace>(
        context,
        async (chain, after, want) => {
          if (sells(chain[0].level)) return [];
          const { places } = await accounts.list(chain[0].id, want, after ?? null);
          return places.map((value) => ({ value, at: accountKey(chain[0].id, value.account.id).sk }));
        },
        topId,
        limit,
        position,
      );
      return { accounts: found.map(accounts.present), next };
    },
  };
};
