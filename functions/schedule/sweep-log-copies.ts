import { job } from "../../shared/http/jobs/invocation.ts";
import { LogItem } from "../../shared/store/access/log-items.ts";
import { dueTimers } from "../../shared/store/table/sweep.ts";
import { fileEntries } from "../events/filing.ts";
import { jobs } from "../jobs.ts";

/** Well below the function's five minutes; the next run goes on where this one ends. */
const turnMs = 4 * 60_000;

/**
 * Files the log entries whose change the stream's consumer did not get, or failed at, and makes the deliveries to the event handlers that hear of
 * them. Safe when run twice, or by two at once.
 */
export const handler = job(jobs.sweepLogCopies.id, async (_event, deps) => {
  const { clock, now, open } = deps;
  const sum = { filed: 0, left: 0 };
  for await (const page of dueTimers(deps.db, "log-copies", now)) {
    if (clock() >= now + turnMs) break;
    const items = await open().getAll(page.map(({ key }) => key));
    const { done, failed } = await deps.each(
      items.filter((item) => item !== undefined),
      (item) => LogItem.parse(item),
      ({ pk, sk }) => ({ level: "error", message: "log entry not readable", about: { pk, sk } }),
    );
    const { filed, left } = await fileEntries(deps, done);
    sum.filed += filed;
    sum.left += left + failed.length;
  }
  if (sum.left > 0) throw new Error(`${sum.left} log entries could not be filed.`);
  return { filed: sum.filed };
});
