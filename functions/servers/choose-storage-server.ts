import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { refuseOpenMigration } from "../../shared/domain/storage/seed-migration.ts";
import { chosenServer, refuseCloud } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { servers as contracts } from "./contract.ts";

const stores = { customers: customerStore, servers: serverStore };

/** Chooses the storage server of a customer and of those below it that choose none. Refuses one that is not its own or of a level above. */
export async function chooseStorageServer({
  params,
  body: { storageServerId },
  ifMatch,
  deps: { customers, servers },
}: Input<typeof contracts.chooseStorageServer, typeof stores>) {
  const chain = await customers.loadLive(params.id);
  const [before, ...parents] = chain;
  ifMatch(before.version);
  if (storageServerId !== null) refuseCloud(chain);
  const server = storageServerId === null ? null : await servers.find(chain, storageServerId);
  const chosen = server && { id: server.id, customerId: server.customerId };
  if ((before.storageServer?.id ?? null) === storageServerId) return { result: chosenServer(chain), writes: [] };
  refuseOpenMigration(before);
  const after = {
    ...before,
    storageServer: chosen,
    version: before.version + 1,
    updatedAt: new Date(customers.now()).toISOString(),
  };
  const changed: Chain = [after, ...parents];
  const { id, level, name } = before;
  const changes = [{ path: "storageServerId", before: before.storageServer?.id ?? null, after: storageServerId }];
  return {
    result: chosenServer(changed),
    writes: [
      ...(await servers.choose(chain, after)),
      customers.log(chain, { type: "StorageServerChosen", node: { id, level, name }, changes }),
    ],
  };
}

export const handler = operation(contracts.chooseStorageServer, chooseStorageServer, stores);
