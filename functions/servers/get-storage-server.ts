import { presentServer } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { servers as contracts } from "./contract.ts";

const stores = { servers: serverStore };

/** Returns a storage server of the caller's branch. */
export async function getStorageServer({
  params,
  deps: { servers },
}: Input<typeof contracts.getStorageServer, typeof stores>) {
  const { server } = await servers.load(params.id, false);
  return presentServer(server, servers.now());
}

export const handler = operation(contracts.getStorageServer, getStorageServer, stores);
