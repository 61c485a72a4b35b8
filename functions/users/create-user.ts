import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { toldOfUser } from "../../shared/domain/people/user.ts";
import { Username } from "../../shared/domain/access/login.ts";
import { checkPassword } from "../../shared/domain/access/password.ts";
import { mayGive } from "../../shared/domain/access/roles.ts";
import type { UserInput, UserRecord } from "../../shared/domain/people/user.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { outbox } from "../../shared/http/outbox.ts";
import { hashPassword } from "../../shared/store/access/credentials.ts";
import { userStore } from "../../shared/store/people/users.ts";
import { refuseWiderNetworks } from "../keys/own-networks.ts";
import { users as contracts } from "./contract.ts";
import { invite } from "./inviting.ts";
import { presentUser } from "./presentation.ts";
import { roleNotAllowed } from "./role-not-allowed.ts";

const stores = { users: userStore, outbox };

/** The user name, by default the mail address. @throws DomainError invalid_request where that cannot be one */
function usernameOf({ username, email }: UserInput): string {
  const found = Username.safeParse(username ?? email).data;
  if (found === undefined)
    throw refuse("invalid_request", "username", "is required, as the mail address cannot be one");
  return found;
}

/** When access ends. @throws DomainError expiry_in_past */
function endOf({ endsAt }: Pick<UserInput, "endsAt">, now: number): string | null {
  if (endsAt && Date.parse(endsAt) <= now) throw refuse("expiry_in_past", "endsAt", "must lie in the future");
  return endsAt ?? null;
}

/**
 * Creates a user of a customer of the caller's branch, and invites him by mail unless a password is given. Refuses a role above the caller's own,
 * a key that is limited to networks, a user name that is taken, a weak password, and an invitation that could not be mailed.
 */
export async function createUser({ body, caller, deps }: Input<typeof contracts.createUser, typeof stores>) {
  const { users } = deps;
  const chain = await users.loadOwner(body.customerId);
  const now = users.now();
  if (!mayGive(body.role, caller.role, chain[0].level)) throw roleNotAllowed(body.role, caller);
  refuseWiderNetworks(caller, [], "");
  const username = usernameOf(body);
  if (body.password !== undefined) checkPassword(body.password, username, "password");
  // Before the password is hashed, which takes long.
  await users.refuseTaken(username);
  const createdAt = new Date(now).toISOString();
  const user: UserRecord = {
    id: users.newId(),
    version: 1,
    customerId: body.customerId,
    ancestors: users.ancestorsOf(chain),
    username,
    email: body.email,
    name: body.name,
    role: body.role,
    active: true,
    endsAt: endOf(body, now),
    locale: body.locale ?? null,
    passwordHash: body.password === undefined ? null : await hashPassword(body.password),
    mustChangePassword: body.password !== undefined,
    invitation: null,
    passwordReset: null,
    totp: null,
    totpStep: 0,
    recoveryCodes: [],
    passkeys: [],
    generation: 0,
    lastLoginAt: null,
    createdBy: caller.id,
    createdAt,
    updatedAt: createdAt,
  };
  const invited = body.password === undefined ? await invite(user, chain, deps) : null;
  user.invitation = invited?.invitation ?? null;
  return {
    result: presentUser(user, caller, now),
    writes: [
      ...users.insert(user),
      ...(invited?.writes ?? []),
      users.log(chain, {
        type: "UserCreated",
        node: { id: user.id, level: null, name: username },
        changes: creation(toldOfUser(user)),
      }),
    ],
  };
}

export const handler = operation(contracts.createUser, createUser, stores);
