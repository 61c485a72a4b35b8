import * as z from "zod";
import { type JobResult, JobType } from "../devices/job-result.ts";
import { refuse } from "../terms/errors.ts";
import { BackupSetId, CustomerId, DeviceId } from "../terms/ids.ts";
import { dayMs } from "../terms/trial.ts";
import type { Cell } from "./csv.ts";

/*
 * The report of one backup set: what was backed up, restored, deleted and replicated in a period. Its JSON and its CSV are written from the same rows.
 */

/** Bytes of JSON that the rows of a report may have. What a function answers may have 6 MB. */
export const setReportAtMost = 4_000_000;
/** Days that a report covers where it is not asked for others. */
const usualDays = 30;

const count = z.int().min(0);

/** A job in a report. */
export const SetReportRow = z.object({
  jobId: z.string(),
  type: JobType,
  status: z.enum(["succeeded", "warning", "failed"]),
  startedAt: z.string(),
  endedAt: z.string(),
  bytes: count,
  files: count,
  errors: count.meta({ description: "How many errors the job reported; listSetJobs shows them all" }),
  firstError: z.string().nullable(),
});
export type SetReportRow = z.infer<typeof SetReportRow>;

const Named = <Id extends z.ZodType>(id: Id) => z.object({ id, name: z.string() });
const Total = z.object({
  type: JobType,
  succeeded: count,
  warning: count,
  failed: count,
  bytes: count.meta({ description: "Of jobs that did not fail" }),
  files: count.meta({ description: "Of jobs that did not fail" }),
  lastGoodAt: z.string().nullable().meta({ description: "End of the last job that did not fail" }),
});
type Total = z.infer<typeof Total>;

export const SetReport = z
  .object({
    backupSet: Named(BackupSetId),
    device: Named(DeviceId),
    customer: Named(CustomerId),
    asOf: z.string(),
    from: z.string(),
    to: z.string(),
    totals: z.array(Total).meta({ description: "One for each type that was asked for, also where it has no jobs" }),
    jobs: z.array(SetReportRow).meta({ description: "All jobs of the period, by type and the oldest first" }),
  })
  .meta({ id: "BackupSetReport" });
export type SetReport = z.infer<typeof SetReport>;

/** A job as the report shows it. */
export function setReportRow(result: JobResult): SetReportRow {
  const { deviceId: _, backupSetId: __, reportedAt: ___, errors, ...job } = result;
  return { ...job, errors: errors.length, firstError: errors[0] ?? null };
}

/** Columns of the CSV file. */
export const setReportColumns = [
  "job_id",
  "type",
  "status",
  "started_at",
  "ended_at",
  "bytes",
  "files",
  "errors",
  "first_error",
] as const;
/** The cells of a job, in the order of the columns. */
export const setReportCells = (row: SetReportRow): Cell[] => [
  row.jobId,
  row.type,
  row.status,
  row.startedAt,
  row.endedAt,
  row.bytes,
  row.files,
  row.errors,
  row.firstError,
];

/** What the jobs of each type add up to. Sums stay whole numbers that JSON can tell apart. */
export function totalsOf(types: readonly JobType[], rows: readonly SetReportRow[]): Total[] {
  const sum = (one: number, other: number): number => Math.min(one + other, Number.MAX_SAFE_INTEGER);
  return types.map((type) => {
    const total: Total = { type, succeeded: 0, warning: 0, failed: 0, bytes: 0, files: 0, lastGoodAt: null };
    for (const { status, bytes, files, endedAt } of rows.filter((row) => row.type === type)) {
      total[status] += 1;
      if (status === "failed") continue;
      total.bytes = sum(total.bytes, bytes);
      total.files = sum(total.files, files);
      if (total.lastGoodAt === null || endedAt > total.lastGoodAt) total.lastGoodAt = endedAt;
    }
    return total;
  });
}

/**
 * The period that is asked for: up to now and for 30 days, where nothing else is said.
 * @throws DomainError invalid_time for an end in the future, or a beginning that is not before the end
 */
export function periodOf(asked: { from?: string | undefined; to?: string | undefined }, now: number) {
  const to = asked.to === undefined ? now : Date.parse(asked.to);
  const from = asked.from === undefined ? to - usualDays * dayMs : Date.parse(asked.from);
  if (to > now) throw refuse("invalid_time", "to", "must not lie in the future");
  if (from >= to) throw refuse("invalid_time", "from", "must lie before the end of the period");
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
