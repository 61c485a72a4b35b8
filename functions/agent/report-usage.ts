import { checkFigure, checkTime, largestDeviceBytes } from "../../shared/domain/devices/job-result.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { agent as contracts } from "./contract.ts";

const stores = { agent: agentStore };

/** Takes in how much a device stores. A report that is older than the last one is `stale` and changes nothing; impossible figures are refused. */
export async function reportUsage({ body, deps: { agent } }: Input<typeof contracts.reportUsage, typeof stores>) {
  checkFigure(body.usedBytes, "usedBytes", largestDeviceBytes);
  checkTime(body.measuredAt, agent.now(), "measuredAt");
  const { device } = await agent.loadLive();
  const { usedBytes, usageMeasuredAt } = device;
  const last = usageMeasuredAt === null ? Number.NEGATIVE_INFINITY : Date.parse(usageMeasuredAt);
  if (Date.parse(body.measuredAt) <= last) {
    const again = Date.parse(body.measuredAt) === last && body.usedBytes === usedBytes;
    return { result: { usedBytes, measuredAt: usageMeasuredAt, stale: !again }, writes: [] };
  }
  return {
    result: { usedBytes: body.usedBytes, measuredAt: body.measuredAt, stale: false },
    writes: agent.reportUsage(device, body.usedBytes, body.measuredAt),
  };
}

export const handler = operation(contracts.reportUsage, reportUsage, stores);
