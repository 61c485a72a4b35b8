import { type Input, operation } from "../../shared/http/operation.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { agent as contracts } from "./contract.ts";

const stores = { agent: agentStore };

/** Lists the backup sets of the device that asks, and of no other. */
export async function listOwnBackupSets({ deps: { agent } }: Input<typeof contracts.listOwnBackupSets, typeof stores>) {
  return { items: await agent.listSets(), nextCursor: null };
}

export const handler = operation(contracts.listOwnBackupSets, listOwnBackupSets, stores);
