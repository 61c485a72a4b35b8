import pMap from "p-map";
import { type JobResult, JobType } from "../../domain/devices/job-result.ts";
import { type FailureRow, type JobRow, largest, rowsAtMost } from "../../domain/reports/report.ts";
import { csvFile } from "./csv-file.ts";
import { devicesOf, type DeviceVisit } from "./device-stream.ts";
import { type BuiltReport, commonOf, countedFigures, type Frame } from "./frame.ts";
import { jobsOf } from "./job-stream.ts";

/** Devices whose jobs are read side by side. */
const devicesAside = 16;

/** The jobs of a branch in a period, by type. */
export async function activity(frame: Frame): Promise<BuiltReport> {
  const { open, top, request } = frame;
  const types = request.jobTypes ?? JobType.options;
  const sums = new Map<JobType, JobRow>(
    types.map((type) => [type, { type, succeeded: 0, warning: 0, failed: 0, bytes: 0 }]),
  );
  const failures = largest<FailureRow>(rowsAtMost, (one, other) => (one.at > other.at ? -1 : 1));
  const csv = csvFile(request.withCsv, [
    "customer_id",
    "customer",
    "device_id",
    "device",
    "backup_set_id",
    "job_id",
    "type",
    "status",
    "started_at",
    "ended_at",
    "bytes",
    "files",
    "first_error",
  ]);
  const take = ({ device, customer }: DeviceVisit, job: JobResult): void => {
    const sum = sums.get(job.type);
    if (sum) {
      sum[job.status] += 1;
      sum.bytes += job.bytes;
    }
    const error = job.errors[0] ?? null;
    if (job.status === "failed")
      failures.add({ device: device.name, customer: customer.name, type: job.type, at: job.startedAt, error });
    const { backupSetId, jobId, type, status, startedAt, endedAt, bytes, files } = job;
    csv.add([
      customer.id,
      customer.name,
      device.id,
      device.name,
      backupSetId,
      jobId,
      type,
      status,
      startedAt,
      endedAt,
      bytes,
      files,
      error,
    ]);
  };
  const read = async (visit: DeviceVisit): Promise<void> => {
    for (const type of types)
      for await (const job of jobsOf(open, visit.device.id, type, request.period)) take(visit, job);
  };
  let group: DeviceVisit[] = [];
  const flush = async (): Promise<void> => {
    await pMap(group, read, { concurrency: devicesAside });
    group = [];
  };
  for await (const visit of devicesOf(open, top)) {
    group.push(visit);
    if (group.length >= devicesAside) await flush();
  }
  await flush();
  const figures = countedFigures(frame);
  const jobs = [...sums.values()].map((sum) => ({ ...sum, bytes: Math.min(sum.bytes, Number.MAX_SAFE_INTEGER) }));
  return { report: { kind: "activity", ...commonOf(frame), figures, jobs, ...failures.result() }, ...csv.result() };
}
