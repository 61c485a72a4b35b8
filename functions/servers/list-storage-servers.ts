import * as z from "zod";
import { presentServer } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { servers as contracts } from "./contract.ts";

const stores = { servers: serverStore };

/** Lists the storage servers of a customer, oldest first. */
export async function listStorageServers({
  branchId,
  page,
  deps: { servers },
}: Input<typeof contracts.listStorageServers, typeof stores>) {
  const { servers: found, next } = await servers.list(branchId, page.limit, page.position(z.string()));
  const now = servers.now();
  return { items: found.map((server) => presentServer(server, now)), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listStorageServers, listStorageServers, stores);
