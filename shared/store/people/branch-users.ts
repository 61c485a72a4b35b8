import { UserRecord } from "../../domain/people/user.ts";
import { linkedOverBranch } from "../access/branch-lists.ts";
import type { BranchListPosition } from "../hierarchy/lists/over-branch.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { userKey, userLinkPrefix } from "../table/keys.ts";
import type { Item } from "../table/units.ts";

const users = { prefix: userLinkPrefix, key: userKey, parse: (item: Item): UserRecord => UserRecord.parse(item) };

/** The users of all customers of the caller's branch. */
export const branchUserStore = (context: StoreContext) => ({
  /** `linkedOverBranch` for users. @throws DomainError not_found */
  list: (topId: string, limit: number, position: BranchListPosition | null) =>
    linkedOverBranch(context, users, topId, limit, position),
});
