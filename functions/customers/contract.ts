import * as z from "zod";
import { Allocation, AllocationChanges, AllocationKind, changesAtMost } from "../../shared/domain/usage/allocations.ts";
import {
  Customer,
  CustomerInput,
  CustomerPatch,
  CustomerUpsert,
  ExternalRef,
  TreeNode,
} from "../../shared/domain/hierarchy/customer.ts";
import { Deletion, DeletionPreview } from "../../shared/domain/life/deletion.ts";
import { CustomerId } from "../../shared/domain/terms/ids.ts";
import { Level } from "../../shared/domain/terms/levels.ts";
import { Mail, MailPreview } from "../../shared/domain/mail/mail.ts";
import { LogEntry } from "../../shared/domain/hierarchy/log-entry.ts";
import { Settings, SettingsPatch } from "../../shared/domain/terms/settings.ts";
import { StorageLocationChange } from "../../shared/domain/storage/storage-location.ts";
import { line } from "../../shared/domain/terms/text.ts";
import { Instant } from "../../shared/domain/terms/times.ts";
import { EffectiveSettingsNow } from "../../shared/domain/devices/throttle.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { AtQuery, ChangeQuery, deletionQuery, Flag, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: CustomerId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];
const change = [...read, "table:PutItem", "table:UpdateItem"] as const satisfies Grant[];
const createErrors = [
  "level_required",
  "level_fixed",
  "level_not_allowed",
  "name_taken",
  "external_ref_taken",
  "not_applicable",
  "location_required",
  "location_fixed",
  "service_type_not_allowed",
  "allotment_exceeded",
  "soft_limit_above_limit",
] as const;
const updateErrors = [
  "name_taken",
  "external_ref_taken",
  "not_applicable",
  "immutable",
  "service_type_not_allowed",
  "service_type_in_use",
  "allotment_exceeded",
  "limit_below_committed",
  "soft_limit_above_limit",
] as const;

export const customers = defineArea("customers", {
  createCustomer: {
    route: "POST /v1/customers",
    summary: "Create a customer of any level below the provider",
    permission: "customers:write",
    branch: "body.parentId",
    query: ChangeQuery,
    body: CustomerInput,
    success: { status: 201, body: Customer },
    errors: createErrors,
    grants: change,
  },
  upsertCustomer: {
    route: "PUT /v1/customers",
    summary: "Create or update the customer with an external reference under one parent",
    permission: "customers:write",
    branch: "body.parentId",
    reference: "body.externalRef",
    query: ChangeQuery,
    body: CustomerUpsert,
    success: { status: 201, body: Customer, description: "Created" },
    alsoSuccess: 200,
    errors: [...new Set([...createErrors, ...updateErrors])],
    grants: [...change, "table:Query", "table:DeleteItem"],
  },
  listCustomers: {
    route: "GET /v1/customers",
    summary: "List the children of a customer, or the caller's whole branch, itself first",
    permission: "branch:read",
    branch: "query.parentId",
    reference: "query.externalRef",
    query: PageQuery.extend({
      parentId: CustomerId.optional().meta({
        description: "Its direct children; without it the caller's whole branch",
      }),
      name: line(200)
        .optional()
        .meta({ description: "Only names that begin so, compared as names are; needs parentId" }),
      externalRef: ExternalRef.optional().meta({
        description: "The one child with this reference; parentId defaults to the caller's own customer",
      }),
      level: Level.optional(),
      active: Flag.optional().meta({ description: "Needs parentId" }),
      trial: Flag.optional().meta({ description: "Needs parentId" }),
      deleted: Flag.optional().meta({
        description: "true: deleted children only; else they are left out; needs parentId",
      }),
      sort: z.enum(["name", "createdAt"]).optional().meta({ description: "name by default; createdAt needs parentId" }),
    }),
    success: { status: 200, body: pageOf(Customer) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  getCustomer: {
    route: "GET /v1/customers/{id}",
    summary: "Get a customer",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Customer },
    errors: [],
    grants: read,
  },
  updateCustomer: {
    route: "PATCH /v1/customers/{id}",
    summary: "Change a customer (JSON merge patch)",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: CustomerPatch,
    success: { status: 200, body: Customer },
    errors: updateErrors,
    grants: [...change, "table:Query", "table:DeleteItem"],
  },
  deleteCustomer: {
    route: "DELETE /v1/customers/{id}",
    summary: "Mark a customer, and with it its whole branch, as deleted; the data stays for the grace period",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: deletionQuery("The customer's name"),
    success: {
      status: 200,
      body: Customer.extend({
        preview: DeletionPreview.nullable().meta({ description: "Of a dry run: what would go" }),
      }),
    },
    errors: ["confirmation_required", "default_customer", "provider_permanent", "move_running", "deletion_limit"],
    grants: [...change, "table:Query", "table:DeleteItem"],
  },
  restoreCustomer: {
    route: "POST /v1/customers/{id}/restore",
    summary: "Bring a deleted customer back, and with it its whole branch, until it is purged",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Customer },
    errors: ["purged", "allotment_exceeded", "service_type_not_allowed", "precondition_failed"],
    grants: [...change, "table:DeleteItem"],
  },
  endTrial: {
    route: "POST /v1/customers/{id}/end-trial",
    summary: "End a customer's trial now: it is in production, and invoiced, from this moment on",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Customer },
    errors: ["not_applicable", "precondition_failed"],
    grants: [...change, "table:DeleteItem"],
  },
  extendTrial: {
    route: "POST /v1/customers/{id}/extend-trial",
    summary: "Extend a customer's trial, once, as far as the settings let it",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: z
      .strictObject({ endsAt: Instant.meta({ description: "When the trial is to end instead" }) })
      .meta({ id: "TrialExtension" }),
    success: { status: 200, body: Customer },
    errors: ["not_applicable", "trial_extended", "trial_too_long", "invalid_time", "precondition_failed"],
    grants: change,
  },
  listDeletions: {
    route: "GET /v1/customers/{id}/deletions",
    summary:
      "What was deleted in a customer's branch, by whom, and what became of it; newest first, kept also after the purge",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: PageQuery,
    success: { status: 200, body: pageOf(Deletion) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  activateCustomer: {
    route: "POST /v1/customers/{id}/activate",
    summary: "Let the devices below a customer back up again",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Customer },
    errors: [],
    grants: [...change, "table:DeleteItem"],
  },
  deactivateCustomer: {
    route: "POST /v1/customers/{id}/deactivate",
    summary: "Stop all backups below a customer",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Customer },
    errors: [],
    grants: change,
  },
  getTree: {
    route: "GET /v1/customers/{id}/tree",
    summary: "The hierarchy below a customer, up to five levels, fifty children each",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: z.strictObject({
      depth: z
        .string()
        .regex(/^[1-5]$/, { error: "must be 1 to 5" })
        .transform(Number)
        .optional()
        .meta({ description: "Levels below the customer (1)", type: "integer", minimum: 1, maximum: 5, default: 1 }),
    }),
    success: { status: 200, body: TreeNode },
    errors: [],
    grants: [...read, "table:Query"],
  },
  getSettings: {
    route: "GET /v1/customers/{id}/settings",
    summary: "A customer's own settings",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Settings },
    errors: [],
    grants: read,
  },
  updateSettings: {
    route: "PATCH /v1/customers/{id}/settings",
    summary: "Change a customer's own settings (JSON merge patch); null makes a value inherited",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: SettingsPatch,
    success: { status: 200, body: Settings },
    errors: ["not_applicable", "setting_not_narrower"],
    grants: change,
  },
  getAllocations: {
    route: "GET /v1/customers/{id}/allocations",
    summary: "Space and licences of a customer and all below it: customers, accounts, devices, backup sets",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: PageQuery.extend({
      downTo: AllocationKind.optional().meta({
        description: "The last kind of rows that is wanted: customer for customers alone (backup-set)",
      }),
    }),
    success: { status: 200, body: pageOf(Allocation) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  updateAllocations: {
    route: "PATCH /v1/customers/{id}/allocations",
    summary: "Change limits and quotas in a customer's branch, up to 30 at once, all or none",
    permission: "customers:write",
    branch: "params.id",
    named: { list: "body.changes", atMost: changesAtMost },
    params: IdParams,
    query: ChangeQuery,
    body: AllocationChanges,
    success: { status: 200, body: z.object({ items: z.array(Allocation) }) },
    errors: ["changes_refused", "too_many"],
    grants: [...change, "table:Query"],
  },
  getEffectiveSettings: {
    route: "GET /v1/customers/{id}/effective-settings",
    summary: "The settings that apply to a customer at a moment, each with the level that it comes from",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: AtQuery,
    success: { status: 200, body: EffectiveSettingsNow },
    errors: [],
    grants: read,
  },
  changeStorageLocation: {
    route: "POST /v1/customers/{id}/storage-location",
    summary: "Change where one customer's data lie from now on, with a reason; nothing that is stored is moved",
    permission: "support:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: StorageLocationChange,
    success: { status: 200, body: Customer },
    errors: ["not_applicable", "data_stored"],
    grants: [...change, "table:Query"],
  },
  previewAccountDetails: {
    route: "GET /v1/customers/{id}/account-details",
    summary: "The mail with the details of a customer's accounts, as it would be sent",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: MailPreview },
    errors: ["not_applicable"],
    grants: [...read, "table:Query"],
  },
  sendAccountDetails: {
    route: "POST /v1/customers/{id}/account-details",
    summary: "Mail the details of a customer's accounts to the customer, without passwords",
    permission: "accounts:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 202, body: Mail },
    errors: ["not_applicable", "mail_disabled", "address_suppressed"],
    grants: [...read, "table:Query", "table:PutItem", "table:ConditionCheckItem"],
  },
  listLog: {
    route: "GET /v1/customers/{id}/log",
    summary: "What happened in a customer's branch, newest first",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: PageQuery.extend({
      only: z.enum(["branch", "node"]).optional().meta({ description: "node: entries about the customer itself" }),
    }),
    success: { status: 200, body: pageOf(LogEntry) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query", "history:Query"],
  },
});
