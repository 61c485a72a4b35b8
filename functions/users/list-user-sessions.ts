import { type Input, operation } from "../../shared/http/operation.ts";
import { userStore } from "../../shared/store/people/users.ts";
import { users as contracts } from "./contract.ts";
import { presentSession } from "./presentation.ts";

const stores = { users: userStore };

/** Lists where a user of the caller's branch is logged in. */
export async function listUserSessions({
  params,
  caller,
  deps: { users },
}: Input<typeof contracts.listUserSessions, typeof stores>) {
  return { items: (await users.sessions(params.id)).map((session) => presentSession(session, caller.session?.id)) };
}

export const handler = operation(contracts.listUserSessions, listUserSessions, stores);
