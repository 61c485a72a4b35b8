import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { presentReplication, refuseSameServer } from "../../shared/domain/storage/replication.ts";
import { refuseCloud } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { servers as contracts } from "./contract.ts";

const stores = { customers: customerStore, servers: serverStore };

/** Sets what a customer says itself of replication. Refuses a server that is not its own or of a level above, and the one that its data lie on. */
export async function putReplication({
  params,
  body: { enabled = null, storageServerId = null, schedule = null },
  ifMatch,
  deps: { customers, servers },
}: Input<typeof contracts.putReplication, typeof stores>) {
  const chain = await customers.loadLive(params.id);
  const [before, ...parents] = chain;
  ifMatch(before.version);
  refuseCloud(chain);
  const found = storageServerId === null ? null : await servers.find(chain, storageServerId);
  const server = found && { id: found.id, customerId: found.customerId };
  const inherits = enabled === null && server === null && schedule === null;
  const now = customers.now();
  const after = {
    ...before,
    replication: inherits ? null : { enabled, server, schedule },
    version: before.version + 1,
    updatedAt: new Date(now).toISOString(),
  };
  const changed: Chain = [after, ...parents];
  refuseSameServer(changed);
  const result = presentReplication(changed, now);
  const changes = difference(presentReplication(chain, now).own, result.own);
  if (changes.length === 0) return { result, writes: [] };
  const { id, level, name } = before;
  return {
    result,
    writes: [
      ...(await servers.choose(chain, after)),
      customers.log(chain, { type: "ReplicationChanged", node: { id, level, name }, changes }),
    ],
  };
}

export const handler = operation(contracts.putReplication, putReplication, stores);
