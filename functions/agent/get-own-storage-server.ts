import { chosenServer, presentServer } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { agent as contracts } from "./contract.ts";

const stores = { agent: agentStore, servers: serverStore };

/** Shows the storage server that the device stores on. */
export async function getOwnStorageServer({
  deps: { agent, servers },
}: Input<typeof contracts.getOwnStorageServer, typeof stores>) {
  const chain = await agent.loadChain();
  const { effective } = chosenServer(chain);
  if (effective === null) return { server: null };
  const { id, name, url, state } = presentServer(await servers.find(chain, effective.id), servers.now());
  return { server: { id, name, url, state } };
}

export const handler = operation(contracts.getOwnStorageServer, getOwnStorageServer, stores);
