import { removal } from "../../shared/domain/hierarchy/log-changes.ts";
import { toldOfUser } from "../../shared/domain/people/user.ts";
import { mayGive } from "../../shared/domain/access/roles.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { userStore } from "../../shared/store/people/users.ts";
import { users as contracts } from "./contract.ts";
import { presentUser } from "./presentation.ts";
import { roleNotAllowed } from "./role-not-allowed.ts";

const stores = { users: userStore };

/** Deletes a user for good. Refuses to delete oneself, and the provider's last administrator. */
export async function deleteUser({
  params,
  caller,
  ifMatch,
  deps: { users },
}: Input<typeof contracts.deleteUser, typeof stores>) {
  const { user, chain } = await users.loadWithChain(params.id);
  ifMatch(user.version);
  if (user.id === caller.id) throw new DomainError("own_access", "Ask another administrator to delete you.");
  if (!mayGive(user.role, caller.role, chain[0].level)) throw roleNotAllowed(user.role, caller);
  return {
    result: presentUser(user, caller, users.now()),
    writes: [
      ...users.remove(user),
      users.noteEnd(user),
      ...(await users.keepsAdmin(user)),
      users.log(chain, {
        type: "UserDeleted",
        node: { id: user.id, level: null, name: user.username },
        changes: removal(toldOfUser(user)),
      }),
    ],
  };
}

export const handler = operation(contracts.deleteUser, deleteUser, stores);
