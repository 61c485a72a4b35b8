import { relayedEach } from "../../shared/http/jobs/invocation.ts";
import { fileCopies, LogItem } from "../../shared/store/access/log-items.ts";
import { jobs } from "../jobs.ts";

/** Files each new log entry in the logs of the other customers of its chain. An entry that comes twice writes the same copies again. */
export const handler = relayedEach(jobs.fileLogEntries.id, async ({ eventName, after }, { db }) => {
  if (eventName === "INSERT" && after?.["kind"] === "log") await fileCopies(db, LogItem.parse(after));
});
