import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { userStore } from "../../shared/store/people/users.ts";
import { users as contracts } from "./contract.ts";
import { presentUser } from "./presentation.ts";

const stores = { users: userStore };

/** Lists the users of one customer, oldest first, those too who cannot log in at present. */
export async function listUsers({
  branchId,
  caller,
  page,
  deps: { users },
}: Input<typeof contracts.listUsers, typeof stores>) {
  const { users: found, next } = await users.list(branchId, page.limit, page.position(z.string()));
  return { items: found.map((user) => presentUser(user, caller, users.now())), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listUsers, listUsers, stores);
