import { inOrder } from "../../shared/domain/terms/in-order.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { setUpdate } from "../sets/set-changes.ts";
import { agent as contracts } from "./contract.ts";

const stores = { agent: agentStore };

/** Changes a backup set of the device that asks; another device's is not found. */
export async function updateOwnBackupSet({
  params,
  body,
  ifMatch,
  deps: { agent },
}: Input<typeof contracts.updateOwnBackupSet, typeof stores>) {
  const [{ chain }, set] = await inOrder([agent.loadLive(), agent.loadSet(params.id)]);
  ifMatch(set.version);
  return setUpdate(agent, set, body, chain);
}

export const handler = operation(contracts.updateOwnBackupSet, updateOwnBackupSet, stores);
