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
import { Settings, SettingsPatch } from "../../shared/domain/terms/settings.ts";
import { StorageLocationChange } from "../../shared/domain/storage/storage-location.ts";
import { line } from "../../shared/domain/terms/text.ts";
import { Instant } from "../../shared/domain/terms/times.ts";
import { EffectiveSettingsNow } from "../../shared/domain/devices/throttle.ts";
import { changeOfHeld, defineArea, type Grant } from "../../shared/http/contract.ts";
import { AtQuery, ChangeQuery, deletionQuery, Flag, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: CustomerId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];
const change = [...read, "table:PutItem", "table:UpdateItem"] as const satisfies Grant[];
export const createErrors = [
  "level_required",
  "level_fixed",
  "level_not_allowed",
  "name_taken",
  "external_ref_taken",
  "not_applicable",
  "location_required",
  "location_fixed",
  "location_closed",
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
  "data_stored",
  "too_many",
  "location_closed",
  "allotment_exceeded",
  "limit_below_committed",
  "soft_limit_above_limit",
] as const;

export const customers = defineArea("customers", {
  createCustomer: {
    route: "POST /v1/customers",
    summary: "Create a customer",
    description:
      "Creates a customer below a parent in your branch: a distributor, subdistributor, reseller, end-customer or site. Without a level, the customer gets the usual level below its parent.\n\nThe request is refused if the level cannot stand below that parent, if the name or the external reference is taken, if the parent does not offer the service type, if the country decides the storage location and you name another one, or if the allotment exceeds what the parent has free.",
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
    summary: "Create or update a customer by external reference",
    description:
      "Creates the customer with this external reference under the parent, or updates it if it exists. Use it to keep Tenantry in step with a system of your own: sending the same request twice changes nothing.\n\nFields that can only be given to a new customer, such as the trial, are refused if the customer exists and differs.",
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
    summary: "List customers",
    description:
      "Lists the children of a customer by name or by creation time, finds the child with an external reference, or lists your whole branch, starting with your own customer.",
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
    description: "Returns a customer of your branch. A deleted customer is returned until it is purged.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Customer },
    errors: [],
    grants: read,
  },
  updateCustomer: {
    route: "PATCH /v1/customers/{id}",
    summary: "Update a customer",
    description:
      "Changes a customer by JSON merge patch: fields that you leave out keep their values, and `null` clears a field.\n\nThe request is refused if a limit falls below what is already committed or exceeds what the parent has free. You cannot change the limits of your own customer.",
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
    summary: "Delete a customer",
    description:
      "Marks a customer and its whole branch as deleted. Backups stop at once and licences return to their pool. Names and data are kept until the grace period ends, and until then the customer can be restored.\n\nPass the customer's name in `confirm`. With `dryRun=true` you learn how many customers, accounts, devices and bytes would go. The provider, a Default Customer and your own customer cannot be deleted, and one credential can delete only a limited number of customers per hour.",
    permission: "customers:write",
    needsProof: true,
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
    summary: "Restore a deleted customer",
    description:
      "Restores a deleted customer and its whole branch as it was. The request is refused after the purge, below a deleted parent, or if the licences are no longer free. Restoring a customer that is not deleted changes nothing.",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Customer },
    errors: ["device_limit", "purged", "allotment_exceeded", "service_type_not_allowed", "precondition_failed"],
    grants: [...change, "table:DeleteItem"],
  },
  endTrial: {
    route: "POST /v1/customers/{id}/end-trial",
    summary: "End a trial now",
    description:
      "Puts a customer in trial into production. Invoicing starts at this moment, and the customer and its seller are told by mail.",
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
    summary: "Extend a trial",
    description: "Moves the end of a customer's trial. A trial can be extended once, as far as the settings allow.",
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
    summary: "List deletions",
    description:
      "Lists what was deleted in a customer's branch, newest first, including what has since been restored or purged. Entries are kept after the purge.",
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
    summary: "Activate a customer",
    description:
      "Allows the devices below a customer to back up again, provided that every level above is active too. You cannot activate your own customer.",
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
    summary: "Deactivate a customer",
    description:
      "Stops all backups below a customer at once. Nothing is deleted. You cannot deactivate your own customer.",
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
    summary: "Get the hierarchy below a customer",
    description:
      "Returns the tree below a customer, up to five levels deep and fifty children per node. Where a node has more children, the answer holds a cursor for `listCustomers`.",
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
    summary: "Get a customer's own settings",
    description:
      "Returns the settings that are set at this customer. Inherited values are not included; see the effective settings.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Settings },
    errors: [],
    grants: read,
  },
  updateSettings: {
    route: "PATCH /v1/customers/{id}/settings",
    summary: "Update a customer's own settings",
    description:
      "Changes a customer's own settings by JSON merge patch. `null` removes a value, so that the customer inherits it again. Settings that contradict each other, belong to another level, or allow more than the level above allows are refused.",
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
    summary: "List allocations",
    description:
      "Lists the space and licences of a customer and of everything below it: customers, accounts, devices and backup sets, depth first in name order.",
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
    summary: "Update several limits at once",
    description:
      "Changes up to 30 limits and quotas in a customer's branch in one step, all or none. The request is judged by the state that all changes leave together, and a refusal names every reason at once.",
    permission: "customers:write",
    branch: "params.id",
    named: { list: "body.changes", atMost: changesAtMost },
    params: IdParams,
    query: ChangeQuery,
    body: AllocationChanges,
    success: { status: 200, body: z.object({ items: z.array(Allocation) }) },
    errors: ["changes_refused", "too_many"],
    grants: changeOfHeld,
  },
  getEffectiveSettings: {
    route: "GET /v1/customers/{id}/effective-settings",
    summary: "Get the settings that apply to a customer",
    description:
      "Returns every setting that applies to a customer at a moment, with the level that it comes from, and what the throttling rules say at that moment. Levels above your branch are named by level only.",
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
    summary: "Change a customer's storage location",
    description:
      "Sets where a customer's data are stored from now on. Stored data are not moved. Only support can do this, and must give a reason. If devices may have stored data already, the request is refused unless you acknowledge it.",
    permission: "support:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: StorageLocationChange,
    success: { status: 200, body: Customer },
    errors: ["not_applicable", "data_stored", "location_closed"],
    grants: [...change, "table:Query"],
  },
  previewAccountDetails: {
    route: "GET /v1/customers/{id}/account-details",
    summary: "Preview the account details mail of a customer",
    description:
      "Returns the mail with the details of all of a customer's accounts as it would be sent now. Nothing is sent.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: MailPreview },
    errors: ["not_applicable"],
    grants: [...read, "table:Query"],
  },
  sendAccountDetails: {
    route: "POST /v1/customers/{id}/account-details",
    summary: "Send the account details of a customer",
    description:
      "Mails the details of all of a customer's accounts to the customer's address, without passwords. The request is refused if mail is switched off or the address does not accept mail.",
    permission: "accounts:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 202, body: Mail },
    errors: ["not_applicable", "mail_disabled", "address_suppressed"],
    grants: [...read, "table:Query", "table:PutItem", "table:ConditionCheckItem"],
  },
});
