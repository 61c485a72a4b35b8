import { relayedBatch } from "../../shared/http/jobs/invocation.ts";
import { LogItem } from "../../shared/store/access/log-items.ts";
import { fileEntries } from "../events/filing.ts";
import { jobs } from "../jobs.ts";

/**
 * Files each new log entry in the logs of the other customers of its chain, and makes the deliveries to the event handlers that hear of it. An entry
 * that comes twice writes the same copies again, and no second delivery.
 */
export const handler = relayedBatch(jobs.fileLogEntries.id, async (changes, deps) => {
  const items = changes.flatMap(({ after }) => (after?.["kind"] === "log" ? [after] : []));
  const { done: entries } = await deps.each(
    items,
    (item) => LogItem.parse(item),
    ({ pk, sk }) => ({ level: "error", message: "log entry not readable", about: { pk, sk } }),
  );
  const { filed } = await fileEntries(deps, entries);
  if (filed < items.length)
    throw new Error(`${items.length - filed} of ${items.length} changes could not be consumed.`);
});
