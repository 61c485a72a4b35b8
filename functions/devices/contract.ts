import * as z from "zod";
import { BackupGrant, Reason } from "../../shared/domain/devices/admission.ts";
import { RestoreAccess } from "../../shared/domain/storage/restore-access.ts";
import { Device, DeviceInput, DevicePatch, DeviceState, DeviceUpsert } from "../../shared/domain/devices/device.ts";
import { AccountId, CustomerId, DeviceId } from "../../shared/domain/terms/ids.ts";
import { JobResult, JobType } from "../../shared/domain/devices/job-result.ts";
import { PlanCode } from "../../shared/domain/accounts/service-plan.ts";
import { EffectiveSettingsNow } from "../../shared/domain/devices/throttle.ts";
import { changeOfHeld, defineArea, type Grant } from "../../shared/http/contract.ts";
import { Reference } from "../../shared/domain/terms/text.ts";
import { AtQuery, ChangeQuery, deletionQuery, Flag, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: DeviceId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];

export const devices = defineArea("devices", {
  createDevice: {
    route: "POST /v1/devices",
    summary: "Create a device",
    description:
      "Creates the device of a computer that has not connected yet. The computer gets its token when it enrols.",
    permission: "devices:write",
    branch: "body.accountId",
    query: ChangeQuery,
    body: DeviceInput,
    success: { status: 201, body: Device },
    errors: ["machine_taken", "device_limit", "account_deleted", "external_ref_taken"],
    grants: changeOfHeld,
  },
  upsertDevice: {
    route: "PUT /v1/devices",
    summary: "Create or update a device by external reference",
    description:
      "Creates the device with this external reference in an account, or updates its name, kind and system if it exists. Use it to keep Tenantry in step with a system of your own: sending the same request twice changes nothing. A device stays the one computer that it is: another `machineId` is refused, and so is `active` where it differs.",
    permission: "devices:write",
    branch: "body.accountId",
    reference: "body.externalRef",
    query: ChangeQuery,
    body: DeviceUpsert,
    success: { status: 201, body: Device, description: "Created" },
    alsoSuccess: 200,
    errors: ["machine_taken", "device_limit", "account_deleted", "external_ref_taken", "immutable", "device_deleted"],
    grants: changeOfHeld,
  },
  listDevices: {
    route: "GET /v1/devices",
    summary: "List devices",
    description:
      "Lists the devices of a customer or of an account, by state or by whether they need attention; or finds the device of an account with an external reference. Deleted devices are included until they are purged.",
    permission: "branch:read",
    portal: true,
    branch: ["query.accountId", "query.customerId"],
    reference: "query.externalRef",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the caller's own customer" }),
      accountId: AccountId.optional().meta({ description: "Only the devices of this account" }),
      state: DeviceState.optional(),
      attention: Flag.optional().meta({ description: "true: only devices that need attention" }),
      externalRef: Reference.optional().meta({
        description: "Goes with accountId: the one device of the account with this reference",
      }),
    }),
    success: { status: 200, body: pageOf(Device) },
    errors: ["invalid_cursor", "not_applicable"],
    grants: [...read, "table:Query"],
  },
  getDevice: {
    route: "GET /v1/devices/{id}",
    summary: "Get a device",
    description: "Returns a device of your branch.",
    permission: "branch:read",
    portal: true,
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Device },
    errors: [],
    grants: read,
  },
  updateDevice: {
    route: "PATCH /v1/devices/{id}",
    summary: "Update a device",
    description:
      "Changes the name, kind, system, external reference or throttling of a device by JSON merge patch. The account and the computer of a device cannot be changed.",
    permission: "devices:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: DevicePatch,
    success: { status: 200, body: Device },
    errors: ["immutable", "device_deleted", "external_ref_taken"],
    grants: changeOfHeld,
  },
  deleteDevice: {
    route: "DELETE /v1/devices/{id}",
    summary: "Delete a device",
    description:
      "Marks a device as deleted. It stops backing up, its licence returns to the pool, and its data are kept until the grace period ends. Pass the device's name in `confirm`.",
    permission: "devices:write",
    needsProof: true,
    branch: "params.id",
    params: IdParams,
    query: deletionQuery("The device's name"),
    success: { status: 200, body: Device },
    errors: ["confirmation_required", "account_deleted"],
    grants: changeOfHeld,
  },
  restoreDevice: {
    route: "POST /v1/devices/{id}/restore",
    summary: "Restore a deleted device",
    description:
      "Restores a deleted device with its data and its token. The request is refused after the purge, if its computer has enrolled again, or if the device limit is reached.",
    permission: "devices:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Device },
    errors: ["purged", "device_replaced", "account_deleted", "device_limit", "machine_taken", "precondition_failed"],
    grants: changeOfHeld,
  },
  activateDevice: {
    route: "POST /v1/devices/{id}/activate",
    summary: "Activate a device",
    description: "Allows a suspended device to back up again.",
    permission: "devices:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Device },
    errors: ["device_deleted", "device_not_pending"],
    grants: changeOfHeld,
  },
  deactivateDevice: {
    route: "POST /v1/devices/{id}/deactivate",
    summary: "Suspend a device",
    description: "Stops a device from backing up. Nothing is deleted.",
    permission: "devices:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Device },
    errors: ["device_deleted", "device_not_pending"],
    grants: changeOfHeld,
  },
  approveDevice: {
    route: "POST /v1/devices/{id}/approve",
    summary: "Approve a device",
    description:
      "Allows a device that has enrolled and waits for approval to back up: in the account that it enrolled with, in an account that you name, or in a new account of its own.",
    permission: "devices:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: z
      .strictObject({
        accountId: AccountId.optional().meta({ description: "The account that it gets; default: one of its own" }),
        plan: PlanCode.optional().meta({ description: "Plan of its own account" }),
      })
      .meta({ id: "DeviceApproval" }),
    success: { status: 200, body: Device },
    errors: [
      "device_not_pending",
      "device_limit",
      "account_deleted",
      "not_applicable",
      "plan_required",
      "plan_unknown",
      "plan_retired",
    ],
    grants: changeOfHeld,
  },
  resolveIdentity: {
    route: "POST /v1/devices/{id}/resolve-identity",
    summary: "Resolve an identity conflict",
    description:
      "Two computers say that they are this device, usually because one is a copy of the other. With `keep: current`, the computer that enrolled last keeps the device and the other stays shut out. With `keep: both`, the other becomes a device of its own in the same account, with the token that it has; it takes a place in the device limit, and a licence with its first backup. It also ends `possible_duplicate`: the newer device of the same name is another computer. Resolving a device without a conflict changes nothing.",
    permission: "devices:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: z
      .strictObject({
        keep: z
          .enum(["current", "both"])
          .meta({ description: "current: one device, of the computer that enrolled last; both: two devices" }),
      })
      .meta({ id: "IdentityResolution" }),
    success: {
      status: 200,
      body: z
        .object({
          device: Device,
          other: Device.nullable().meta({ description: "The new device of the other computer" }),
        })
        .meta({ id: "ResolvedIdentity" }),
    },
    errors: ["device_deleted", "device_not_pending", "device_limit", "account_deleted", "not_applicable"],
    grants: changeOfHeld,
  },
  replaceDevice: {
    route: "POST /v1/devices/{id}/replace",
    summary: "Replace a device by a newer one",
    description:
      "For a computer that became a second device when its system was installed anew. The device named in `by` takes over the account, the place in the device limit, the licence, the state, the throttling, the backup sets, the history and the data of the device in the path, which is deleted and cannot be restored. A device that waits for approval may begin by it. Both must belong to the same customer. One replacement moves at most 20 backup sets, with 3 MB of settings.",
    permission: "devices:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: z
      .strictObject({ by: DeviceId.meta({ description: "The newer device, which stays" }) })
      .meta({ id: "DeviceReplacement" }),
    success: {
      status: 200,
      body: z
        .object({ device: Device.meta({ description: "The newer device" }), replaced: Device })
        .meta({ id: "ReplacedDevice" }),
    },
    errors: ["device_deleted", "device_not_pending", "account_deleted", "not_applicable", "too_many"],
    grants: changeOfHeld,
  },
  explainAdmission: {
    route: "GET /v1/devices/{id}/admission",
    summary: "Explain whether a device may back up",
    description:
      "Returns the same decision that the device's agent would get now, with every reason against it. No licence is taken and nothing changes.",
    permission: "branch:read",
    portal: true,
    branch: "params.id",
    params: IdParams,
    query: z.strictObject({
      estimatedBytes: z
        .string()
        .regex(/^\d{1,16}$/, { error: "must be a whole number" })
        .transform(Number)
        .optional()
        .meta({ type: "integer", description: "What the backup would add" }),
    }),
    success: {
      status: 200,
      body: z
        .object({
          allowed: z.boolean(),
          drawsLicence: z.boolean().meta({ description: "The next backup would draw a licence" }),
          reasons: z.array(Reason),
          throttle: BackupGrant.shape.throttle,
        })
        .meta({ id: "ExplainedAdmission" }),
    },
    errors: ["invalid_figure"],
    grants: [...read, "table:Query"],
  },
  getDeviceEffectiveSettings: {
    route: "GET /v1/devices/{id}/effective-settings",
    summary: "Get the settings that apply to a device",
    description:
      "Returns every setting that applies to a device at a moment, with the level that it comes from, and what the throttling rules say at that moment.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    query: AtQuery,
    success: {
      status: 200,
      body: EffectiveSettingsNow,
    },
    errors: [],
    grants: read,
  },
  giveRestoreAccess: {
    route: "POST /v1/devices/{id}/restore-access",
    summary: "Get access to a device's data, to restore them",
    description:
      "For the login of an account: gives credentials that read what a device of the account has stored, for an hour, so that data can be restored on the web or on another computer. They cannot write or delete anything, and open no other device's data. Ask again for new ones.\n\nA device that is suspended, or deleted and not yet purged, can be asked about as well. A software-only customer's data lie on its own storage server: the answer says where that is and holds no credentials.\n\nCredentials cover the device's own prefix and as many of the others as fit. To read others, name them in `prefixes`.",
    permission: "self",
    portal: "only",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: z
      .strictObject({
        prefixes: z.array(z.string().max(200)).min(1).max(60).optional().meta({
          description: "Those of the answer's prefixes that are wanted; `credentials` says which ones they cover",
        }),
      })
      .meta({ id: "RestoreAccessRequest" }),
    success: { status: 200, body: RestoreAccess },
    errors: ["purged", "device_replaced", "nothing_stored", "storage_server_required", "not_applicable"],
    grants: [...read, "table:PutItem", "table:ConditionCheckItem", "vault:AssumeRole"],
  },
  listDeviceJobs: {
    route: "GET /v1/devices/{id}/jobs",
    summary: "List a device's jobs",
    description:
      "Lists the results of a device's backup, restore, delete and replication jobs, newest first. Results are kept for 400 days.",
    permission: "branch:read",
    portal: true,
    branch: "params.id",
    params: IdParams,
    query: PageQuery.extend({ type: JobType.optional() }),
    success: { status: 200, body: pageOf(JobResult) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
});
