import { JobResult, type JobType } from "../../domain/devices/job-result.ts";
import type { Period } from "../../domain/reports/period.ts";
import type { Database } from "../table/database.ts";
import { jobPrefix, jobsPartition } from "../table/keys.ts";

/** Results of jobs that are read at once. */
const jobsPage = 200;

/** The jobs of a device, or of a backup set, of one type that began in a period, the oldest first. */
export async function* jobsOf(
  open: () => Database,
  ownerId: string,
  type: JobType,
  { from, to }: Period,
): AsyncGenerator<JobResult> {
  const prefix = jobPrefix(type);
  // A job that began in the very moment in which the last report ended stands behind this text, and belongs to that report.
  let after: string | undefined = `${prefix}${from}~`;
  do {
    const page = await open().query({ pk: jobsPartition(ownerId), prefix, after, limit: jobsPage });
    for (const job of page.items.map((item) => JobResult.parse(item))) {
      if (job.startedAt > to) return;
      yield job;
    }
    after = page.last?.sk;
  } while (after !== undefined);
}
