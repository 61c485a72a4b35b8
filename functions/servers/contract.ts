import * as z from "zod";
import {
  CheckIn,
  ServerChoice,
  StorageServer,
  StorageServerInput,
  StorageServerPatch,
} from "../../shared/domain/storage/storage-server.ts";
import { Replication, ReplicationInput } from "../../shared/domain/storage/replication.ts";
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
      "Deletes a storage server for good, with its name as the confirmation. One that customers store on or copy data to, or that a seed migration is about, cannot be deleted. Nothing on the server itself is touched.",
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
    errors: ["not_found", "not_available_for_cloud_storage", "migration_open"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  getReplication: {
    route: "GET /v1/customers/{id}/replication",
    summary: "Show a customer's replication",
    description:
      "Shows whether, when and to which server the data of a software-only customer are copied a second time, and which level says so.",
    permission: "branch:read",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    success: { status: 200, body: Replication },
    errors: ["not_available_for_cloud_storage"],
    grants: read,
  },
  putReplication: {
    route: "PUT /v1/customers/{id}/replication",
    summary: "Set a customer's replication",
    description:
      "Sets what a customer says itself of replication, for itself and for all below it that say nothing else. What is null or absent is inherited; so the provider sets the default of the installation, and a customer can take its own server or schedule, or switch replication off. Agents hear of it when they ask for their storage server, and report each copy as a job of the type `replication`.\n\nIf no level names a schedule, data are copied every night at 01:00.",
    permission: "customers:write",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    query: ChangeQuery,
    body: ReplicationInput,
    success: { status: 200, body: Replication },
    errors: ["not_found", "not_available_for_cloud_storage", "replication_to_itself"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
});
