import { isRelayed } from "../../shared/http/jobs/job.ts";
import { job } from "../../shared/http/jobs/invocation.ts";
import { RelayEvent, relayRecords } from "../../shared/http/jobs/relay.ts";
import { startFunction } from "../../shared/runtime/functions.ts";
import { parkEvent } from "../../shared/runtime/queue.ts";
import { jobList, jobs } from "../jobs.ts";

const consumers = jobList.filter(isRelayed);

/** Hands the changes of the stream on to the functions that follow them, each in an invocation of its own. */
export const handler = job(jobs.relay.id, async (event, { logger }) => {
  const { Records } = RelayEvent.parse(event);
  const outcome = await relayRecords(consumers, Records, {
    invoke: startFunction,
    park: parkEvent,
    report: (message, about) => logger.error(message, about),
  });
  logger.info("relayed", { records: Records.length, ...outcome });
  return { batchItemFailures: [] };
});
