import { presentServer } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { servers as contracts } from "./contract.ts";

const stores = { servers: serverStore };

/** Gives a storage server another token, and ends the one that it has. */
export async function renewStorageServerToken({
  params,
  deps: { servers },
}: Input<typeof contracts.renewStorageServerToken, typeof stores>) {
  const { server, chain } = await servers.load(params.id, true);
  const { token, writes } = servers.renewToken(server);
  const { id, name } = server;
  return {
    result: { server: presentServer(server, servers.now()), token },
    writes: [...writes, servers.log(chain, { type: "StorageServerTokenRenewed", node: { id, level: null, name } })],
  };
}

export const handler = operation(contracts.renewStorageServerToken, renewStorageServerToken, stores);
