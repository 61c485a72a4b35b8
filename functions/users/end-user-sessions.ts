import { type Input, operation } from "../../shared/http/operation.ts";
import { userStore } from "../../shared/store/people/users.ts";
import { users as contracts } from "./contract.ts";
import { presentUser } from "./presentation.ts";

const stores = { users: userStore };

/** Logs a user of the caller's branch out everywhere. */
export async function endUserSessions({
  params,
  caller,
  ifMatch,
  deps: { users },
}: Input<typeof contracts.endUserSessions, typeof stores>) {
  const { user: before, chain } = await users.loadWithChain(params.id);
  ifMatch(before.version);
  const { user, writes } = users.save(before, { generation: before.generation + 1 });
  return {
    result: presentUser(user, caller, users.now()),
    writes: [
      ...writes,
      users.noteEnd(before),
      users.log(chain, { type: "SessionsEnded", node: { id: user.id, level: null, name: user.username } }),
    ],
  };
}

export const handler = operation(contracts.endUserSessions, endUserSessions, stores);
