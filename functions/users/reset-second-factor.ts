import { withoutSecondFactor } from "../../shared/domain/people/user.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { userStore } from "../../shared/store/people/users.ts";
import { users as contracts } from "./contract.ts";
import { presentUser } from "./presentation.ts";

const stores = { users: userStore };

/** Removes every second factor of a user who has lost one, and logs the user out. One's own are removed by `removeTotp` and `deletePasskey`. */
export async function resetSecondFactor({
  params,
  caller,
  ifMatch,
  deps: { users },
}: Input<typeof contracts.resetSecondFactor, typeof stores>) {
  const { user: before, chain } = await users.loadWithChain(params.id);
  ifMatch(before.version);
  if (before.id === caller.id)
    throw new DomainError(
      "own_access",
      "Remove your own second factor by DELETE /v1/me/totp and DELETE /v1/me/passkeys/{id}.",
    );
  const changes = { ...withoutSecondFactor, generation: before.generation + 1 };
  const { user, writes } = users.save(before, changes);
  return {
    result: presentUser(user, caller, users.now()),
    writes: [
      ...writes,
      users.noteEnd(before),
      users.log(chain, {
        type: "SecondFactorRemoved",
        node: { id: user.id, level: null, name: user.username },
        changes: before.passkeys.map(({ name }) => ({ path: "passkey", before: name, after: null })),
      }),
    ],
  };
}

export const handler = operation(contracts.resetSecondFactor, resetSecondFactor, stores);
