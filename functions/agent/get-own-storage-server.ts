import { effectiveServer } from "../../shared/domain/hierarchy/effective-server.ts";
import type { ServerRef } from "../../shared/domain/hierarchy/own-storage.ts";
import { effectiveReplication } from "../../shared/domain/hierarchy/effective-replication.ts";
import { presentServer } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { agent as contracts } from "./contract.ts";

const stores = { agent: agentStore, servers: serverStore };

/** Shows the storage server that the device stores on, and the one that its data are copied to. */
export async function getOwnStorageServer({
  deps: { agent, servers },
}: Input<typeof contracts.getOwnStorageServer, typeof stores>) {
  const chain = await agent.loadChain();
  const now = servers.now();
  const told = async (pointed: ServerRef) => {
    const record = await servers.read(pointed);
    if (record === null) return null;
    const { id, name, url, state } = presentServer(record, now);
    return { id, name, url, state };
  };
  const primary = effectiveServer(chain);
  const { server: target, schedule, timezone, nextAt } = effectiveReplication(chain, now);
  const copies = target.value === null || nextAt === null ? null : { to: target.value, nextAt };
  const [server, second] = await Promise.all([primary && told(primary), copies && told(copies.to)]);
  return {
    server,
    replication:
      copies === null || second === null
        ? null
        : { server: second, schedule: schedule.value, timezone, nextAt: copies.nextAt },
  };
}

export const handler = operation(contracts.getOwnStorageServer, getOwnStorageServer, stores);
