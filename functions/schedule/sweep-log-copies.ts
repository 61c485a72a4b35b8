import { job } from "../../shared/http/jobs/invocation.ts";
import { fileCopies, LogItem } from "../../shared/store/access/log-items.ts";
import { dueTimers } from "../../shared/store/table/sweep.ts";
import { jobs } from "../jobs.ts";

/** Well below the function's five minutes; the next run goes on where this one ends. */
const turnMs = 4 * 60_000;
const sideBySide = 8;

/** Files the copies of log entries whose change the stream's consumer did not get, or failed at. Safe when run twice, or by two at once. */
export const handler = job(jobs.sweepLogCopies.id, async (_event, deps) => {
  const { clock, now, open, each } = deps;
  let filed = 0;
  let left = 0;
  for await (const page of dueTimers(deps.db, "log-copies", now)) {
    if (clock() >= now + turnMs) break;
    const items = await open().getAll(page.map(({ key }) => key));
    const { done, failed } = await each(
      items.filter((item) => item !== undefined),
      (item) => fileCopies(open(), LogItem.parse(item)),
      ({ pk, sk }) => ({
        level: "error",
        message: "log copies not filed",
        about: { job: jobs.sweepLogCopies.id, pk, sk },
      }),
      sideBySide,
    );
    filed += done.length;
    left += failed.length;
  }
  if (left > 0) throw new Error(`The copies of ${left} log entries could not be filed.`);
  return { filed };
});
