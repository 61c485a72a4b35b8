import { mayGive } from "../../shared/domain/access/roles.ts";
import { isLastingAdmin, type UserPatch, type UserRecord } from "../../shared/domain/people/user.ts";
import { DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { userStore } from "../../shared/store/people/users.ts";
import { refuseWiderNetworks } from "../keys/own-networks.ts";
import { users as contracts } from "./contract.ts";
import { presentUser } from "./presentation.ts";
import { roleNotAllowed } from "./role-not-allowed.ts";

const stores = { users: userStore };

/** Fields that decide what a user may do: nobody changes his own. */
const ofAccess = ["role", "active", "customerId", "endsAt"] as const satisfies (keyof UserPatch)[];

/** What a patch changes of a user. */
const changed = (user: UserRecord, patch: UserPatch): Partial<UserRecord> =>
  Object.fromEntries(
    Object.entries(patch)
      .map(([name, value]) => [name, value ?? null] as const)
      .filter(([name, value]) => value !== user[name as keyof UserRecord]),
  );

/** Which change lets a user do more than before, or lets somebody else in: the code for another password goes to the mail address. */
function widening(before: UserRecord, { role, email, customerId, active, endsAt }: Partial<UserRecord>): string | null {
  const later =
    endsAt !== undefined &&
    (endsAt === null || (before.endsAt !== null && Date.parse(endsAt) > Date.parse(before.endsAt)));
  const wider = { role: role !== undefined, email: email !== undefined, customerId: customerId !== undefined };
  return Object.entries({ ...wider, active: active === true, endsAt: later }).find(([, is]) => is)?.[0] ?? null;
}

/**
 * Changes a user of the caller's branch. Whoever loses access, or gets another scope, is logged out. Refuses a role above the caller's own, more
 * access by a key that is limited to networks, a change of one's own access, and one that leaves the provider without an administrator.
 */
export async function updateUser({
  params,
  body,
  caller,
  ifMatch,
  deps: { users },
}: Input<typeof contracts.updateUser, typeof stores>) {
  const { user: before, chain } = await users.loadWithChain(params.id);
  ifMatch(before.version);
  const now = users.now();
  const changes = changed(before, body);
  const names = Object.keys(changes);
  if (before.id === caller.id && ofAccess.some((name) => names.includes(name)))
    throw new DomainError("own_access", "Ask another administrator to change what you may do.");
  if (changes.endsAt && Date.parse(changes.endsAt) <= now)
    throw refuse("expiry_in_past", "endsAt", "must lie in the future; to end access now, set active to false");
  const to = changes.customerId === undefined ? chain : await users.loadOwner(changes.customerId);
  const role = changes.role ?? before.role;
  // Also who has a role that the caller cannot give is not the caller's to change.
  for (const one of [before.role, role]) if (!mayGive(one, caller.role, to[0].level)) throw roleNotAllowed(one, caller);
  const wider = widening(before, changes);
  if (wider !== null) refuseWiderNetworks(caller, [], wider);
  if (names.length === 0) return { result: presentUser(before, caller, now), writes: [] };
  const endsSessions = changes.active === false || changes.customerId !== undefined;
  const all = { ...changes, ...(endsSessions && { generation: before.generation + 1 }) };
  const { user, writes } = users.save(before, all, to);
  const stays = user.customerId === before.customerId && isLastingAdmin(user, now);
  const event = {
    type: "UserUpdated",
    node: { id: user.id, level: null, name: user.username },
    changes: difference(before, { ...before, ...changes }),
  } as const;
  return {
    result: presentUser(user, caller, now),
    writes: [
      ...writes,
      ...(endsSessions ? [users.noteEnd(before)] : []),
      ...(stays ? [] : await users.keepsAdmin(before)),
      users.log(chain, event),
      ...(to[0].id === chain[0].id ? [] : [users.log(to, event)]),
    ],
  };
}

export const handler = operation(contracts.updateUser, updateUser, stores);
