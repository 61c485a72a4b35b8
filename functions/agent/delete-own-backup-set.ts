import { inOrder } from "../../shared/domain/terms/in-order.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { setRemoval } from "../sets/set-changes.ts";
import { agent as contracts } from "./contract.ts";

const stores = { agent: agentStore };

/** Deletes a backup set of the device that asks; another device's is not found. Refuses without its name as confirmation. */
export async function deleteOwnBackupSet({
  params,
  query,
  ifMatch,
  deps: { agent },
}: Input<typeof contracts.deleteOwnBackupSet, typeof stores>) {
  const [{ chain }, set] = await inOrder([agent.loadLive(), agent.loadSet(params.id)]);
  ifMatch(set.version);
  return setRemoval(agent, set, query, chain);
}

export const handler = operation(contracts.deleteOwnBackupSet, deleteOwnBackupSet, stores);
