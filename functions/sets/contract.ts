import * as z from "zod";
import { BackupSet, BackupSetInput, BackupSetPatch } from "../../shared/domain/devices/backup-set.ts";
import { BackupSetMove } from "../../shared/domain/devices/set-move.ts";
import { SetReport } from "../../shared/domain/reports/set-report.ts";
import { BackupSetId, DeviceId } from "../../shared/domain/terms/ids.ts";
import { QueryInstant } from "../../shared/domain/terms/times.ts";
import { JobResult, JobType } from "../../shared/domain/devices/job-result.ts";
import { changeOfHeld, defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, deletionQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: BackupSetId });
const ReportQuery = z.strictObject({
  from: QueryInstant.optional().meta({
    description: "Jobs that began after this moment; default: 30 days before the end",
  }),
  to: QueryInstant.optional().meta({
    description: "Jobs that began up to this moment; default: now. Periods that follow each other share no job",
  }),
  type: JobType.optional().meta({ description: "Default: all types" }),
});
const read = ["table:BatchGetItem"] as const satisfies Grant[];

export const sets = defineArea("sets", {
  createBackupSet: {
    route: "POST /v1/backup-sets",
    summary: "Create a backup set",
    description:
      "Creates a backup set of a device. The request is refused if the device is deleted or waits for approval, or if it has as many sets as it may have.",
    permission: "devices:write",
    branch: "body.deviceId",
    query: ChangeQuery,
    body: BackupSetInput,
    success: { status: 201, body: BackupSet },
    errors: ["device_deleted", "device_not_pending", "too_many"],
    grants: changeOfHeld,
  },
  listBackupSets: {
    route: "GET /v1/backup-sets",
    summary: "List backup sets",
    description: "Lists all backup sets of a device on one page, oldest first.",
    permission: "branch:read",
    portal: true,
    branch: "query.deviceId",
    query: z.strictObject({ deviceId: DeviceId }),
    success: { status: 200, body: z.object({ items: z.array(BackupSet), nextCursor: z.null() }) },
    errors: [],
    grants: [...read, "table:Query"],
  },
  getBackupSet: {
    route: "GET /v1/backup-sets/{id}",
    summary: "Get a backup set",
    description: "Returns a backup set of your branch.",
    permission: "branch:read",
    portal: true,
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: BackupSet },
    errors: [],
    grants: read,
  },
  updateBackupSet: {
    route: "PATCH /v1/backup-sets/{id}",
    summary: "Update a backup set",
    description: "Changes a backup set by JSON merge patch.",
    permission: "devices:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: BackupSetPatch,
    success: { status: 200, body: BackupSet },
    errors: [],
    grants: changeOfHeld,
  },
  moveBackupSet: {
    route: "POST /v1/backup-sets/{id}/move",
    summary: "Move a backup set to another device",
    description:
      "Moves a backup set to another device of the same customer, under whichever account that stands: it is the new device's from then on, with its schedule and its history. Its data stay where they are, and the new device goes on there. So the new device can read and write **all** data of the device that the set comes from; as long as it does, neither of the two can be moved to another customer.",
    permission: "devices:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: BackupSetMove,
    success: { status: 200, body: BackupSet },
    errors: [
      "not_applicable",
      "device_deleted",
      "device_not_pending",
      "too_many",
      "storage_location_differs",
      "precondition_failed",
    ],
    grants: changeOfHeld,
  },
  deleteBackupSet: {
    route: "DELETE /v1/backup-sets/{id}",
    summary: "Delete a backup set",
    description: "Deletes a backup set. Pass its name in `confirm`.",
    permission: "devices:write",
    needsProof: true,
    branch: "params.id",
    params: IdParams,
    query: deletionQuery("The set's name"),
    success: { status: 200, body: BackupSet },
    errors: ["confirmation_required"],
    grants: changeOfHeld,
  },
  listSetJobs: {
    route: "GET /v1/backup-sets/{id}/jobs",
    summary: "List a backup set's jobs",
    description: "Lists the results of a backup set's jobs, newest first. Results are kept for 400 days.",
    permission: "branch:read",
    portal: true,
    branch: "params.id",
    params: IdParams,
    query: PageQuery.extend({ type: JobType.optional() }),
    success: { status: 200, body: pageOf(JobResult) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  getSetReport: {
    route: "GET /v1/backup-sets/{id}/report",
    summary: "Report on a backup set",
    description:
      "Returns what was backed up, restored, deleted and replicated of a backup set in a period: the totals by type, and every job. A period with more jobs than 4 MB hold is refused; ask for a shorter one. Results are kept for 400 days.",
    permission: "branch:read",
    portal: true,
    branch: "params.id",
    params: IdParams,
    query: ReportQuery,
    success: { status: 200, body: SetReport },
    errors: ["invalid_time"],
    grants: [...read, "table:Query"],
  },
  getSetReportCsv: {
    route: "GET /v1/backup-sets/{id}/report.csv",
    summary: "Download a backup set's report",
    description:
      "Returns the jobs of getSetReport as a CSV file: UTF-8 with a byte order mark, one line for each job, numbers as digits. A cell that a spreadsheet would take for a formula begins with an apostrophe.",
    permission: "branch:read",
    portal: true,
    branch: "params.id",
    params: IdParams,
    query: ReportQuery,
    success: { status: 200, body: z.string(), media: "text/csv" },
    errors: ["invalid_time"],
    grants: [...read, "table:Query"],
  },
});
