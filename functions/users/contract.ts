import * as z from "zod";
import { Sessions } from "../../shared/domain/people/session.ts";
import { User, UserInput, UserPatch } from "../../shared/domain/people/user.ts";
import { CustomerId, UserId } from "../../shared/domain/terms/ids.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { BranchFlag, ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: UserId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];
const invite = ["table:PutItem", "table:ConditionCheckItem", "seal:Encrypt"] as const satisfies Grant[];

export const users = defineArea("users", {
  createUser: {
    route: "POST /v1/users",
    summary: "Create a user",
    description:
      "Gives a person access to a customer of your branch and everything below it, as far as the role goes. The user is invited by mail and chooses a password; or you set one, which must be changed at the first login. The role cannot exceed your own. A key that is limited to networks cannot create users, who may log in from everywhere.",
    permission: "users:write",
    needsProof: true,
    branch: "body.customerId",
    query: ChangeQuery,
    body: UserInput,
    success: { status: 201, body: User },
    errors: [
      "role_not_allowed",
      "networks_not_allowed",
      "expiry_in_past",
      "login_taken",
      "password_too_weak",
      "mail_disabled",
      "address_suppressed",
    ],
    grants: [...read, ...invite],
  },
  listUsers: {
    route: "GET /v1/users",
    summary: "List users",
    description:
      "Lists the users of a customer, or of its whole branch, oldest first for each customer, including those who cannot log in at present.",
    permission: "users:read",
    branch: "query.customerId",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the caller's own customer" }),
      branch: BranchFlag,
    }),
    success: { status: 200, body: pageOf(User) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  getUser: {
    route: "GET /v1/users/{id}",
    summary: "Get a user",
    description: "Returns a user of your branch.",
    permission: "users:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: User },
    errors: [],
    grants: read,
  },
  updateUser: {
    route: "PATCH /v1/users/{id}",
    summary: "Change a user",
    description:
      "Changes a user by a JSON merge patch. Another role or customer, and switching web access off, take effect with the user's next request. You cannot change your own role, scope or access, and the provider keeps an administrator whose access has no end. A key that is limited to networks can take access away, but not give more.",
    permission: "users:write",
    needsProof: true,
    branch: ["params.id", "body.customerId"],
    params: IdParams,
    query: ChangeQuery,
    body: UserPatch,
    success: { status: 200, body: User },
    errors: ["role_not_allowed", "networks_not_allowed", "expiry_in_past", "own_access", "last_admin"],
    grants: [
      ...read,
      "table:Query",
      "table:PutItem",
      "table:UpdateItem",
      "table:DeleteItem",
      "table:ConditionCheckItem",
    ],
  },
  deleteUser: {
    route: "DELETE /v1/users/{id}",
    summary: "Delete a user",
    description:
      "Deletes a user for good; all sessions end with the next request. You cannot delete yourself, and the provider keeps an administrator whose access has no end.",
    permission: "users:write",
    needsProof: true,
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: User },
    errors: ["own_access", "last_admin"],
    grants: [...read, "table:Query", "table:PutItem", "table:DeleteItem", "table:ConditionCheckItem"],
  },
  inviteUser: {
    route: "POST /v1/users/{id}/invite",
    summary: "Invite a user again",
    description:
      "Sends a user another invitation by mail. The one before does not work any more. Refused once the user has a password.",
    permission: "users:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: User },
    errors: ["not_applicable", "mail_disabled", "address_suppressed"],
    grants: [...read, ...invite, "table:UpdateItem"],
  },
  resetSecondFactor: {
    route: "DELETE /v1/users/{id}/second-factor",
    summary: "Remove a user's second factor",
    description:
      "Removes the authenticator app, the passkeys and the recovery codes of a user who has lost one of them, and ends all sessions. Where a second factor is demanded, the user sets up another one after the next login.",
    permission: "users:write",
    needsProof: true,
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: User },
    errors: ["own_access"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  listUserSessions: {
    route: "GET /v1/users/{id}/sessions",
    summary: "List a user's sessions",
    description: "Lists where a user is logged in, oldest first.",
    permission: "users:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Sessions },
    errors: [],
    grants: [...read, "table:Query"],
  },
  endUserSessions: {
    route: "DELETE /v1/users/{id}/sessions",
    summary: "End a user's sessions",
    description: "Logs a user out everywhere, with the next request of each session.",
    permission: "users:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: User },
    errors: [],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
});
