import * as z from "zod";
import {
  CheckIn,
  ServerChoice,
  StorageServer,
  StorageServerInput,
  StorageServerPatch,
} from "../../shared/domain/storage/storage-server.ts";
import { CustomerId, StorageServerId } from "../../shared/domain/terms/ids.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, deletionQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: StorageServerId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];
const withToken = z.object({ server: StorageServer, token: z.string() });

export const servers = defineArea("servers", {
  createStorageServer: {
    route: "POST /v1/storage-servers",
    summary: "Register a storage server",
    description:
      "Registers a storage server of a customer, for software-only customers: itself and those below it. The token, with which the server checks in, is returned once, in this answer.\n\nThe URL must begin with https and lead to a public address; it is never called.",
    permission: "customers:write",
    branch: "body.customerId",
    query: ChangeQuery,
    body: StorageServerInput,
    success: { status: 201, body: withToken.meta({ id: "NewStorageServer" }) },
    errors: ["url_not_allowed", "not_available_for_cloud_storage"],
    grants: [...read, "table:PutItem"],
  },
  listStorageServers: {
    route: "GET /v1/storage-servers",
    summary: "List storage servers",
    description: "Lists the storage servers of a customer, oldest first, with what they said last and when.",
    permission: "branch:read",
    branch: "query.customerId",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the caller's own customer" }),
    }),
    success: { status: 200, body: pageOf(StorageServer) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  getStorageServer: {
    route: "GET /v1/storage-servers/{id}",
    summary: "Get a storage server",
    description: "Returns a storage server of your branch.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: StorageServer },
    errors: [],
    grants: read,
  },
  updateStorageServer: {
    route: "PATCH /v1/storage-servers/{id}",
    summary: "Update a storage server",
    description: "Changes the name, URL or capacity of a storage server by JSON merge patch.",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: StorageServerPatch,
    success: { status: 200, body: StorageServer },
    errors: ["url_not_allowed"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  deleteStorageServer: {
    route: "DELETE /v1/storage-servers/{id}",
    summary: "Delete a storage server",
    description:
      "Deletes a storage server for good, with its name as the confirmation. One that a customer has chosen cannot be deleted. Nothing on the server itself is touched.",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: deletionQuery("The server's name"),
    success: { status: 200, body: StorageServer },
    errors: ["confirmation_required", "server_in_use"],
    grants: [...read, "table:PutItem", "table:DeleteItem"],
  },
  renewStorageServerToken: {
    route: "POST /v1/storage-servers/{id}/token",
    summary: "Give a storage server another token",
    description: "Returns another token for a storage server, once. The token that it had stops working.",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: withToken.meta({ id: "RenewedStorageServer" }) },
    errors: [],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  checkInStorageServer: {
    route: "POST /v1/storage-server/check-in",
    summary: "Check in as a storage server",
    description:
      "Tells how much a storage server holds. A server checks in every five minutes with its own token; after 15 minutes without it counts as offline.",
    permission: "server",
    query: ChangeQuery,
    body: CheckIn,
    success: { status: 200, body: StorageServer },
    errors: [],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  getStorageServerChoice: {
    route: "GET /v1/customers/{id}/storage-server",
    summary: "Show a customer's storage server",
    description: "Shows which storage server the devices of a customer use, and which level has chosen it.",
    permission: "branch:read",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    success: { status: 200, body: ServerChoice },
    errors: [],
    grants: read,
  },
  chooseStorageServer: {
    route: "PUT /v1/customers/{id}/storage-server",
    summary: "Choose a customer's storage server",
    description:
      "Chooses the storage server for the devices of a customer and, where those choose none themselves, of all below it: the default of a reseller, for instance. It must be a server of the customer or of a level above. null: what the level above has chosen applies again.",
    permission: "customers:write",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    query: ChangeQuery,
    body: z.strictObject({ storageServerId: StorageServerId.nullable() }).meta({ id: "StorageServerSelection" }),
    success: { status: 200, body: ServerChoice },
    errors: ["not_found", "not_available_for_cloud_storage"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
});
