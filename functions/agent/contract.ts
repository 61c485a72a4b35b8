import * as z from "zod";
import { Admission, Reason } from "../../shared/domain/devices/admission.ts";
import { BackupSet, OwnBackupSetInput, OwnBackupSetPatch } from "../../shared/domain/devices/backup-set.ts";
import { VaultCredentials } from "../../shared/domain/devices/credentials.ts";
import { Device } from "../../shared/domain/devices/device.ts";
import { Enrolment } from "../../shared/domain/devices/enrolment.ts";
import { ReplicationSchedule } from "../../shared/domain/hierarchy/own-storage.ts";
import { StorageServer } from "../../shared/domain/storage/storage-server.ts";
import { BackupSetId, GrantId } from "../../shared/domain/terms/ids.ts";
import { LocationCode } from "../../shared/domain/terms/locations.ts";
import { Instant } from "../../shared/domain/terms/times.ts";
import { JobReport, JobResult } from "../../shared/domain/devices/job-result.ts";
import { AgentVersion } from "../../shared/domain/terms/versions.ts";
import { changeOfHeld, defineArea } from "../../shared/http/contract.ts";
import { ChangeQuery, deletionQuery } from "../../shared/http/requests.ts";

const ServerForAgent = StorageServer.pick({ id: true, name: true, url: true, state: true });
const SetParams = z.strictObject({ id: BackupSetId });
const notNow = ["device_deleted", "device_not_pending", "account_deleted"] as const;

export const agent = defineArea("agent", {
  enrol: {
    route: "POST /v1/agent/enrol",
    summary: "Enrol a computer",
    description:
      "Registers a computer as a device, with the user name and password of an account or with an enrolment key. The device's token is returned once, in this answer. If the customer does not authorise devices automatically, the device waits for approval.\n\nA computer that is already known gets a new token for its device, and the old token stops working. All kinds of wrong credentials get the same answer.",
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
    grants: [...changeOfHeld, "rate:UpdateItem"],
  },
  authorizeBackup: {
    route: "POST /v1/agent/backups",
    summary: "Ask whether this device may back up now",
    description:
      "Decides for the whole hierarchy above the device and returns every reason against the backup. The first time that the device may back up, it takes its licence.",
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
    grants: [...changeOfHeld, "vault:AssumeRole"],
  },
  renewCredentials: {
    route: "POST /v1/agent/grants/{id}/credentials",
    summary: "Renew credentials for the storage",
    description:
      "Issues new credentials for a backup or a restore under way. Credentials last an hour at the most, a grant a day. Whether the device may go on is decided anew: limits that it has reached meanwhile do not end what has begun, anything else does.\n\nCredentials cover the grant's own prefix and as many inherited ones as fit. To read others, name them in `prefixes`.",
    permission: "device",
    params: z.strictObject({ id: GrantId }),
    query: ChangeQuery,
    body: z
      .strictObject({
        prefixes: z.array(z.string().max(200)).min(1).max(60).optional().meta({
          description: "Those of the grant's prefixes that are wanted; the answer says which ones it covers",
        }),
      })
      .meta({ id: "CredentialsRequest" }),
    success: {
      status: 200,
      body: z
        .object({ allowed: z.boolean(), credentials: VaultCredentials.nullable(), reasons: z.array(Reason) })
        .meta({ id: "RenewedCredentials" }),
    },
    errors: ["not_found", "not_applicable", "grant_expired"],
    grants: [...changeOfHeld, "vault:AssumeRole"],
  },
  getOwnStorageServer: {
    route: "GET /v1/agent/storage-server",
    summary: "Show this device's storage server",
    description:
      "Shows the storage server of a software-only customer that this device stores on; null where none is chosen. A grant names it by `storageServerId`: ask when that is another one than before.\n\n`replication` names a second server and when to copy the device's data there next. Report each copy as a job of the type `replication`.",
    permission: "device",
    success: {
      status: 200,
      body: z
        .object({
          server: ServerForAgent.nullable(),
          replication: z
            .object({
              server: ServerForAgent,
              schedule: ReplicationSchedule,
              timezone: z.string().meta({ description: "That the schedule is in" }),
              nextAt: z.string(),
            })
            .nullable()
            .meta({ description: "null: data are not copied to a second server" }),
        })
        .meta({ id: "OwnStorageServer" }),
    },
    errors: [],
    grants: changeOfHeld,
  },
  reportJob: {
    route: "POST /v1/agent/jobs",
    summary: "Report the result of a job",
    description:
      "Stores the result of a job. Sending the same `jobId` again returns what is stored and changes nothing.",
    permission: "device",
    query: ChangeQuery,
    body: JobReport,
    success: { status: 201, body: JobResult },
    alsoSuccess: 200,
    errors: ["not_found", "invalid_figure", "invalid_time", ...notNow],
    grants: changeOfHeld,
  },
  reportUsage: {
    route: "POST /v1/agent/usage",
    summary: "Report used space",
    description:
      "Stores how many bytes the device uses. A measurement older than the last one is answered as `stale` and changes nothing.",
    permission: "device",
    query: ChangeQuery,
    body: z
      .strictObject({
        usedBytes: z.number(),
        measuredAt: Instant,
        agentVersion: AgentVersion.optional(),
        storageLocation: LocationCode.optional().meta({
          description:
            "The location of the grant that the device has stored with; it is compared with what the customer was promised",
        }),
      })
      .meta({ id: "UsageReport" }),
    success: {
      status: 200,
      body: z
        .object({ usedBytes: z.int(), measuredAt: z.string().nullable(), stale: z.boolean() })
        .meta({ id: "Usage" }),
    },
    errors: ["invalid_figure", "invalid_time", ...notNow],
    grants: changeOfHeld,
  },
  listOwnBackupSets: {
    route: "GET /v1/agent/backup-sets",
    summary: "List this device's backup sets",
    description: "Lists the backup sets of the device whose token is used.",
    permission: "device",
    success: { status: 200, body: z.object({ items: z.array(BackupSet), nextCursor: z.null() }) },
    errors: [],
    grants: changeOfHeld,
  },
  createOwnBackupSet: {
    route: "POST /v1/agent/backup-sets",
    summary: "Create a backup set of this device",
    description: "Creates a backup set of the device whose token is used.",
    permission: "device",
    query: ChangeQuery,
    body: OwnBackupSetInput,
    success: { status: 201, body: BackupSet },
    errors: ["too_many", ...notNow],
    grants: changeOfHeld,
  },
  updateOwnBackupSet: {
    route: "PATCH /v1/agent/backup-sets/{id}",
    summary: "Update a backup set of this device",
    description: "Changes a backup set of the device whose token is used, by JSON merge patch.",
    permission: "device",
    params: SetParams,
    query: ChangeQuery,
    body: OwnBackupSetPatch,
    success: { status: 200, body: BackupSet },
    errors: ["not_found", ...notNow],
    grants: changeOfHeld,
  },
  deleteOwnBackupSet: {
    route: "DELETE /v1/agent/backup-sets/{id}",
    summary: "Delete a backup set of this device",
    description: "Deletes a backup set of the device whose token is used. Pass the set's name in `confirm`.",
    permission: "device",
    params: SetParams,
    query: deletionQuery("The set's name"),
    success: { status: 200, body: BackupSet },
    errors: ["not_found", "confirmation_required", ...notNow],
    grants: changeOfHeld,
  },
});
