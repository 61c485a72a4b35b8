import { type Input, operation } from "../../shared/http/operation.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { setCreation } from "../sets/set-changes.ts";
import { agent as contracts } from "./contract.ts";

const stores = { agent: agentStore };

/** Creates a backup set of the device that asks. */
export async function createOwnBackupSet({
  body,
  deps: { agent },
}: Input<typeof contracts.createOwnBackupSet, typeof stores>) {
  const { chain, device, account } = await agent.loadLive();
  return setCreation(agent, agent.newId("backupSet"), body, { chain, device, accountId: account.id });
}

export const handler = operation(contracts.createOwnBackupSet, createOwnBackupSet, stores);
