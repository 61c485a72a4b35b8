import { checkReport } from "../../shared/domain/devices/job-result.ts";
import { inOrder } from "../../shared/domain/terms/in-order.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { agent as contracts } from "./contract.ts";

const stores = { agent: agentStore };

/** Takes a job's result in, once: the same jobId again answers what is on record. Refuses sets of other devices and impossible figures. */
export async function reportJob({ body, deps: { agent } }: Input<typeof contracts.reportJob, typeof stores>) {
  checkReport(body, agent.now());
  const set = agent.loadSet(body.backupSetId);
  // What is on record is answered also where its backup set is gone.
  set.catch(() => undefined);
  const [live, known] = await inOrder([agent.loadLive(), agent.findJob(body.jobId)]);
  if (known) return { result: known, writes: [], status: 200 as const };
  await set;
  const { job, writes } = agent.insertJob(body, live);
  return { result: job, writes };
}

export const handler = operation(contracts.reportJob, reportJob, stores);
