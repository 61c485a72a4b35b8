import { presentServer } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { publicAddresses } from "../../shared/runtime/public-address.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { servers as contracts } from "./contract.ts";

const stores = { servers: serverStore, addresses: publicAddresses };

/** Changes name, URL or capacity of a storage server. Refuses URLs that lead to no public address. */
export async function updateStorageServer({
  params,
  body,
  ifMatch,
  deps: { servers, addresses },
}: Input<typeof contracts.updateStorageServer, typeof stores>) {
  const { server: before, chain } = await servers.load(params.id, true);
  ifMatch(before.version);
  if (body.url !== undefined) await addresses.check(body.url, "url");
  const now = servers.now();
  const { name = before.name, url = before.url, capacityBytes = before.capacityBytes } = body;
  const merged = { ...before, name, url, capacityBytes };
  const changes = difference(before, merged);
  if (changes.length === 0) return { result: presentServer(before, now), writes: [] };
  const after = { ...merged, version: before.version + 1, updatedAt: new Date(now).toISOString() };
  return {
    result: presentServer(after, now),
    writes: [
      ...servers.save(before, after),
      servers.log(chain, { type: "StorageServerUpdated", node: { id: after.id, level: null, name }, changes }),
    ],
  };
}

export const handler = operation(contracts.updateStorageServer, updateStorageServer, stores);
