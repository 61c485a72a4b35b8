import * as z from "zod";
import { Admission } from "../../shared/domain/devices/admission.ts";
import { BackupSet, OwnBackupSetInput, OwnBackupSetPatch } from "../../shared/domain/devices/backup-set.ts";
import { Device } from "../../shared/domain/devices/device.ts";
import { Enrolment } from "../../shared/domain/devices/enrolment.ts";
import { BackupSetId } from "../../shared/domain/terms/ids.ts";
import { Instant } from "../../shared/domain/terms/times.ts";
import { JobReport, JobResult } from "../../shared/domain/devices/job-result.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, deletionQuery } from "../../shared/http/requests.ts";

const SetParams = z.strictObject({ id: BackupSetId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];
const change = [...read, "table:PutItem", "table:UpdateItem"] as const satisfies Grant[];
const notNow = ["device_deleted", "device_not_pending", "account_deleted"] as const;

export const agent = defineArea("agent", {
  enrol: {
    route: "POST /v1/agent/enrol",
    summary: "Make this computer a device, by an account's login or an enrolment key; the token is shown once",
    permission: "public",
    query: ChangeQuery,
    body: Enrolment,
    success: {
      status: 201,
      body: z.object({ device: Device, token: z.string() }).meta({ id: "Enrolled" }),
      description: "Created",
    },
    alsoSuccess: [200, 202],
    errors: ["wrong_password", "unauthenticated", "rate_limited", "machine_taken", "device_limit", "plan_retired"],
    grants: [...change, "table:Query", "rate:UpdateItem"],
  },
  authorizeBackup: {
    route: "POST /v1/agent/backups",
    summary: "May this device back up now? Draws a licence the first time that it may",
    permission: "device",
    query: ChangeQuery,
    body: z
      .strictObject({
        backupSetId: BackupSetId.optional(),
        estimatedBytes: z.number().optional().meta({ description: "What the backup would add" }),
      })
      .meta({ id: "BackupRequest" }),
    success: { status: 200, body: Admission },
    errors: ["not_found", "invalid_figure"],
    grants: [...change, "table:Query"],
  },
  reportJob: {
    route: "POST /v1/agent/jobs",
    summary: "Report a job's result; the same jobId again changes nothing",
    permission: "device",
    query: ChangeQuery,
    body: JobReport,
    success: { status: 201, body: JobResult },
    alsoSuccess: 200,
    errors: ["not_found", "invalid_figure", "invalid_time", ...notNow],
    grants: [...change, "table:DeleteItem"],
  },
  reportUsage: {
    route: "POST /v1/agent/usage",
    summary: "Report how much this device stores; what is older than the last report changes nothing",
    permission: "device",
    query: ChangeQuery,
    body: z.strictObject({ usedBytes: z.number(), measuredAt: Instant }).meta({ id: "UsageReport" }),
    success: {
      status: 200,
      body: z
        .object({ usedBytes: z.int(), measuredAt: z.string().nullable(), stale: z.boolean() })
        .meta({ id: "Usage" }),
    },
    errors: ["invalid_figure", "invalid_time", ...notNow],
    grants: change,
  },
  listOwnBackupSets: {
    route: "GET /v1/agent/backup-sets",
    summary: "This device's backup sets",
    permission: "device",
    success: { status: 200, body: z.object({ items: z.array(BackupSet), nextCursor: z.null() }) },
    errors: [],
    grants: [...read, "table:Query"],
  },
  createOwnBackupSet: {
    route: "POST /v1/agent/backup-sets",
    summary: "Create a backup set of this device",
    permission: "device",
    query: ChangeQuery,
    body: OwnBackupSetInput,
    success: { status: 201, body: BackupSet },
    errors: ["too_many", ...notNow],
    grants: change,
  },
  updateOwnBackupSet: {
    route: "PATCH /v1/agent/backup-sets/{id}",
    summary: "Change a backup set of this device (JSON merge patch)",
    permission: "device",
    params: SetParams,
    query: ChangeQuery,
    body: OwnBackupSetPatch,
    success: { status: 200, body: BackupSet },
    errors: ["not_found", ...notNow],
    grants: change,
  },
  deleteOwnBackupSet: {
    route: "DELETE /v1/agent/backup-sets/{id}",
    summary: "Delete a backup set of this device",
    permission: "device",
    params: SetParams,
    query: deletionQuery("The set's name"),
    success: { status: 200, body: BackupSet },
    errors: ["not_found", "confirmation_required", ...notNow],
    grants: [...change, "table:DeleteItem"],
  },
});
