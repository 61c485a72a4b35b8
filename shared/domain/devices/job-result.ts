import * as z from "zod";
import { DomainError, refuse } from "../terms/errors.ts";
import { BackupSetId, DeviceId } from "../terms/ids.ts";
import { line } from "../terms/text.ts";
import { Instant } from "../terms/times.ts";

export const JobType = z.enum(["backup", "restore", "delete", "replication"]).meta({ id: "JobType" });
export type JobType = z.infer<typeof JobType>;

/** How long job results are kept (R5 reports on them). */
export const keptDays = 400;
/** Clocks of computers are not all right; further ahead than this a report is refused. */
const aheadMs = 10 * 60_000;

/** What an agent reports of a job. `jobId` is its own: the same one sent again changes nothing. */
export const JobReport = z
  .strictObject({
    jobId: line(100).refine((id) => /^[\w.:-]+$/.test(id), { error: "must be letters, digits, and . _ : -" }),
    backupSetId: BackupSetId,
    type: JobType,
    status: z.enum(["succeeded", "warning", "failed"]),
    startedAt: Instant,
    endedAt: Instant,
    bytes: z.number(),
    files: z.number(),
    errors: z.array(line(500)).max(100).default([]),
  })
  .meta({ id: "JobReport" });
export type JobReport = z.infer<typeof JobReport>;

/** A job's result as it is kept and shown. */
export const JobResult = z
  .object({
    jobId: z.string(),
    deviceId: DeviceId,
    backupSetId: BackupSetId,
    type: JobType,
    status: z.enum(["succeeded", "warning", "failed"]),
    startedAt: z.string(),
    endedAt: z.string(),
    bytes: z.int(),
    files: z.int(),
    errors: z.array(z.string()),
    reportedAt: z.string(),
  })
  .meta({ id: "JobResult" });
export type JobResult = z.infer<typeof JobResult>;

/** What one device may say that it stores: a pebibyte. More is a mistake, and would spoil the sums above it. */
export const largestDeviceBytes = 2 ** 50;

/** A count or size that an agent reports. @throws DomainError invalid_figure, at `path` */
export function checkFigure(value: number, path: string, most: number = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > most)
    throw refuse("invalid_figure", path, `must be a whole number from 0 to ${most}`);
}

/** A time that an agent reports. @throws DomainError invalid_time, at `path`, where it lies in the future */
export function checkTime(at: string, now: number, path: string): void {
  if (Date.parse(at) > now + aheadMs) throw refuse("invalid_time", path, "must not lie in the future");
}

/** @throws DomainError invalid_figure | invalid_time */
export function checkReport(report: JobReport, now: number): void {
  checkFigure(report.bytes, "bytes");
  checkFigure(report.files, "files");
  checkTime(report.startedAt, now, "startedAt");
  checkTime(report.endedAt, now, "endedAt");
  if (Date.parse(report.endedAt) < Date.parse(report.startedAt))
    throw new DomainError("invalid_time", "A job ends after it has started.", [
      { path: "endedAt", message: "must not lie before startedAt", code: "invalid_time" },
    ]);
}
