import { type Input, operation } from "../../shared/http/operation.ts";
import { userStore } from "../../shared/store/people/users.ts";
import { users as contracts } from "./contract.ts";
import { presentUser } from "./presentation.ts";

const stores = { users: userStore };

/** Answers a user of the caller's branch, without secrets. */
export async function getUser({ params, caller, deps: { users } }: Input<typeof contracts.getUser, typeof stores>) {
  const { user } = await users.loadWithChain(params.id);
  return presentUser(user, caller, users.now());
}

export const handler = operation(contracts.getUser, getUser, stores);
