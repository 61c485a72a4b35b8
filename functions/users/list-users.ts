import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { BranchListPosition } from "../../shared/store/hierarchy/lists/over-branch.ts";
import { branchUserStore } from "../../shared/store/people/branch-users.ts";
import { userStore } from "../../shared/store/people/users.ts";
import { users as contracts } from "./contract.ts";
import { presentUser } from "./presentation.ts";

const stores = { users: userStore, below: branchUserStore };

/** Lists the users of one customer, or of its whole branch, oldest first, those too who cannot log in at present. */
export async function listUsers({
  branchId,
  query,
  caller,
  page,
  deps: { users, below },
}: Input<typeof contracts.listUsers, typeof stores>) {
  const { records, next } = query.branch
    ? await below.list(branchId, page.limit, page.position(BranchListPosition))
    : await users.list(branchId, page.limit, page.position(z.string()));
  return { items: records.map((user) => presentUser(user, caller, users.now())), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listUsers, listUsers, stores);
