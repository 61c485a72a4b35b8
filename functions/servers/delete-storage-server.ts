import { removal } from "../../shared/domain/hierarchy/log-changes.ts";
import { checkConfirmation } from "../../shared/domain/life/deletion.ts";
import { presentServer } from "../../shared/domain/storage/storage-server.ts";
import { normaliseName } from "../../shared/domain/terms/names.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { servers as contracts } from "./contract.ts";

const stores = { servers: serverStore };

/** Deletes a storage server for good. Refuses one that a customer has chosen. */
export async function deleteStorageServer({
  params,
  query,
  ifMatch,
  deps: { servers },
}: Input<typeof contracts.deleteStorageServer, typeof stores>) {
  const { server, chain } = await servers.load(params.id, true);
  ifMatch(server.version);
  checkConfirmation(query.confirm, server.name, normaliseName, "the server's name");
  const { id, name } = server;
  return {
    result: presentServer(server, servers.now()),
    writes: [
      ...servers.remove(server),
      servers.log(chain, { type: "StorageServerDeleted", node: { id, level: null, name }, changes: removal(server) }),
    ],
  };
}

export const handler = operation(contracts.deleteStorageServer, deleteStorageServer, stores);
