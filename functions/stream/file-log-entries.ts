import { consumer } from "../../shared/http/jobs/invocation.ts";
import { logCopies, LogItem } from "../../shared/store/hierarchy/log.ts";
import { jobs } from "../jobs.ts";

/** Files each new log entry in the logs of the other customers of its chain. An entry that comes twice writes the same copies again. */
export const handler = consumer(jobs.fileLogEntries.id, async ({ after }, { db }) => {
  if (after?.["kind"] === "log") await db.putAll(logCopies(LogItem.parse(after)));
});
