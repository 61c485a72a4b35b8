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
  return setCreation(agent, agent.newId("backupSet"), body, await agent.loadLive());
}

export const handler = operation(contracts.createOwnBackupSet, createOwnBackupSet, stores);
