import type * as z from "zod";
import { UserRecord } from "../../domain/people/user.ts";
import { type BranchListPosition, listOverBranch } from "../access/branch-lists.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { userKey, userLinkPrefix } from "../table/keys.ts";
import type { Item } from "../table/units.ts";

const users = { prefix: userLinkPrefix, key: userKey, parse: (item: Item): UserRecord => UserRecord.parse(item) };

/** The users of all customers of the caller's branch. */
export const branchUserStore = (context: StoreContext) => ({
  /** `listOverBranch` for users. @throws DomainError not_found */
  list: (topId: string, limit: number, position: z.infer<typeof BranchListPosition> | null) =>
    listOverBranch(context, users, topId, limit, position),
});
