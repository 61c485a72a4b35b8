import * as z from "zod";
import { ApiKey, ApiKeyInput, ApiKeyRotation, ApiKeyWithToken } from "../../shared/domain/access/api-key.ts";
import { AccountId, ApiKeyId, CustomerId, UserId } from "../../shared/domain/terms/ids.ts";
import { User } from "../../shared/domain/people/user.ts";
import { Branding } from "../../shared/domain/terms/settings.ts";
import { Level } from "../../shared/domain/terms/levels.ts";
import { portalRole, Role } from "../../shared/domain/access/roles.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { BranchFlag, ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: ApiKeyId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];

export const keys = defineArea("keys", {
  me: {
    route: "GET /v1/me",
    summary: "Get the caller",
    description: "Returns the role of the credential and the branch that it can see.",
    permission: "none",
    portal: true,
    branch: "scope",
    success: {
      status: 200,
      body: z
        .object({
          kind: z.enum(["apiKey", "user", "account"]),
          id: z.union([ApiKeyId, UserId, AccountId]),
          role: z.enum([...Role.options, portalRole]).meta({
            description: "customer: of an account that has logged in to the portal",
          }),
          scope: z.object({ id: CustomerId, level: Level, name: z.string() }),
          account: z.object({ id: AccountId }).nullable().meta({
            description: "Of an account that has logged in: the account that it sees of the customer",
          }),
          user: User.nullable().meta({ description: "Of a user: the record of the caller itself" }),
          branding: Branding.nullable().meta({
            description: "Logo and colour that hold for the caller's customer: its own, or those of a level above",
          }),
        })
        .meta({ id: "Me" }),
    },
    errors: [],
    grants: read,
  },
  requestReactivation: {
    route: "POST /v1/me/reactivation",
    summary: "Ask for reactivation",
    description:
      "While your customer, or a level above it, is deactivated, your users and keys may only read. This request asks the level that sells to you to activate you again: it is noted in the log and sent by mail, once in 24 hours at most. Asked again within that time it answers 200 with the time of the first request, and so it does, without a time, where nothing is deactivated.",
    permission: "none",
    whileDeactivated: true,
    branch: "scope",
    query: ChangeQuery,
    success: {
      status: 202,
      body: z
        .object({
          active: z.boolean().meta({ description: "Whether your customer and all levels above it are active" }),
          askedAt: z.iso
            .datetime()
            .nullable()
            .meta({ description: "When reactivation was asked for; null: there is nothing to ask for" }),
        })
        .meta({ id: "ReactivationRequest" }),
    },
    alsoSuccess: 200,
    errors: [],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  createApiKey: {
    route: "POST /v1/api-keys",
    summary: "Create an API key",
    description:
      "Creates an API key for a customer of your branch. The token is returned once, in this answer. The key's role cannot exceed your own, and a key that is limited to networks only makes keys that are limited to them as well.",
    permission: "keys:write",
    needsProof: true,
    branch: "body.customerId",
    query: ChangeQuery,
    body: ApiKeyInput,
    success: { status: 201, body: ApiKeyWithToken },
    errors: ["role_not_allowed", "networks_not_allowed", "expiry_in_past"],
    grants: [...read, "table:PutItem"],
  },
  listApiKeys: {
    route: "GET /v1/api-keys",
    summary: "List API keys",
    description:
      "Lists the API keys of a customer, or of its whole branch, oldest first for each customer, including expired and revoked ones.",
    permission: "keys:read",
    branch: "query.customerId",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the customer that the credential belongs to" }),
      branch: BranchFlag,
    }),
    success: { status: 200, body: pageOf(ApiKey) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  getApiKey: {
    route: "GET /v1/api-keys/{id}",
    summary: "Get an API key",
    description: "Returns an API key of your branch, without its token.",
    permission: "keys:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: ApiKey },
    errors: [],
    grants: read,
  },
  rotateApiKey: {
    route: "POST /v1/api-keys/{id}/rotate",
    summary: "Rotate an API key",
    description:
      "Creates a key with the same scope, role and restrictions in the place of another one, which goes on working for a while. The token is returned once, in this answer.",
    permission: "keys:write",
    needsProof: true,
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: ApiKeyRotation,
    success: { status: 201, body: ApiKeyWithToken },
    errors: ["role_not_allowed", "networks_not_allowed", "not_applicable"],
    grants: [...read, "table:PutItem", "table:UpdateItem", "table:DeleteItem"],
  },
  revokeApiKey: {
    route: "DELETE /v1/api-keys/{id}",
    summary: "Revoke an API key",
    description:
      "Revokes an API key at once and for good. You cannot revoke the key that you are using. Revoking a revoked key changes nothing.",
    permission: "keys:write",
    needsProof: true,
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: ApiKey },
    errors: ["key_in_use"],
    grants: [...read, "table:PutItem", "table:UpdateItem", "table:DeleteItem"],
  },
});
