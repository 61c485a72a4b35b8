import { quotaOf } from "../../shared/domain/accounts/account.ts";
import { checkFigure, checkTime, largestDeviceBytes } from "../../shared/domain/devices/job-result.ts";
import { isQuotaHigh } from "../../shared/domain/devices/looks.ts";
import { isMisplaced } from "../../shared/domain/storage/residency.ts";
import { inOrder } from "../../shared/domain/terms/in-order.ts";
import { watchRules } from "../../shared/domain/terms/settings.ts";
import { isOlder } from "../../shared/domain/terms/versions.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { agent as contracts } from "./contract.ts";

const stores = { agent: agentStore };

/**
 * Takes in how much a device stores, and what that means for the quota of its account. A report that is older than the last one is `stale` and changes
 * nothing; impossible figures are refused.
 */
export async function reportUsage({ body, deps: { agent } }: Input<typeof contracts.reportUsage, typeof stores>) {
  checkFigure(body.usedBytes, "usedBytes", largestDeviceBytes);
  checkTime(body.measuredAt, agent.now(), "measuredAt");
  const [{ device, account, parent, chain }, plans] = await inOrder([agent.loadLive(), agent.plans()]);
  const { usedBytes, usageMeasuredAt } = device;
  const last = usageMeasuredAt === null ? Number.NEGATIVE_INFINITY : Date.parse(usageMeasuredAt);
  if (Date.parse(body.measuredAt) <= last) {
    const again = Date.parse(body.measuredAt) === last && body.usedBytes === usedBytes;
    return { result: { usedBytes, measuredAt: usageMeasuredAt, stale: !again }, writes: [] };
  }
  const agentVersion = body.agentVersion ?? device.agentVersion;
  const reportedLocation = body.storageLocation ?? device.reportedLocation;
  // What the other devices of the account use is known as far as it has been added up.
  const ofAccount = account.usedBytes - usedBytes + body.usedBytes;
  const attention = {
    quota_high: isQuotaHigh(ofAccount, quotaOf({ account, parent, plans, chain }).bytes),
    agent_outdated: isOlder(agentVersion, watchRules(chain).minimumAgentVersion),
    data_misplaced: isMisplaced(chain, { ...device, reportedLocation }),
  };
  return {
    result: { usedBytes: body.usedBytes, measuredAt: body.measuredAt, stale: false },
    writes: agent.reportUsage({ device, chain }, { ...body, agentVersion, reportedLocation, attention }),
  };
}

export const handler = operation(contracts.reportUsage, reportUsage, stores);
