import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { outbox } from "../../shared/http/outbox.ts";
import { userStore } from "../../shared/store/people/users.ts";
import { users as contracts } from "./contract.ts";
import { invite } from "./inviting.ts";
import { presentUser } from "./presentation.ts";

const stores = { users: userStore, outbox };

/** Invites a user again; the invitation before does not work any more. Refused once there is a password, and where no mail can be sent. */
export async function inviteUser({ params, caller, deps }: Input<typeof contracts.inviteUser, typeof stores>) {
  const { users } = deps;
  const { user: before, chain } = await users.loadWithChain(params.id);
  if (before.passwordHash !== null) throw new DomainError("not_applicable", "The user has a password already.");
  const { invitation, writes } = await invite(before, chain, deps);
  const saved = users.save(before, { invitation });
  return {
    result: presentUser(saved.user, caller, users.now()),
    writes: [
      ...saved.writes,
      ...writes,
      users.log(chain, { type: "UserInvited", node: { id: before.id, level: null, name: before.username } }),
    ],
  };
}

export const handler = operation(contracts.inviteUser, inviteUser, stores);
