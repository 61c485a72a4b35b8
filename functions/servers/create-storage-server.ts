import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { presentServer, refuseCloud } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { publicAddresses } from "../../shared/runtime/public-address.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { servers as contracts } from "./contract.ts";

const stores = { servers: serverStore, addresses: publicAddresses };

/** Registers a storage server, and tells the token that it checks in with. Refuses URLs that lead to no public address, and customers of the provider's storage. */
export async function createStorageServer({
  body,
  deps: { servers, addresses },
}: Input<typeof contracts.createStorageServer, typeof stores>) {
  const chain = await servers.loadOwner(body.customerId);
  refuseCloud(chain);
  await addresses.check(body.url, "url");
  const now = servers.now();
  const at = new Date(now).toISOString();
  const { customerId, name, url, capacityBytes = null } = body;
  const id = servers.newId();
  const said = { usedBytes: null, softwareVersion: null, lastSeenAt: null };
  const server = {
    id,
    version: 1,
    customerId,
    name,
    url,
    capacityBytes,
    ...said,
    chosenBy: 0,
    replicationTargetOf: 0,
    openMigrations: 0,
    createdAt: at,
    updatedAt: at,
  };
  const { token, writes } = servers.insert(server, chain);
  return {
    result: { server: presentServer(server, now), token },
    writes: [
      ...writes,
      servers.log(chain, { type: "StorageServerCreated", node: { id, level: null, name }, changes: creation(server) }),
    ],
  };
}

export const handler = operation(contracts.createStorageServer, createStorageServer, stores);
