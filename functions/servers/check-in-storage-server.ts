import { presentServer } from "../../shared/domain/storage/storage-server.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownServerStore } from "../../shared/store/storage/servers.ts";
import { servers as contracts } from "./contract.ts";

const stores = { server: ownServerStore };

/** Takes in what a storage server says of itself. */
export async function checkInStorageServer({
  body,
  deps: { server },
}: Input<typeof contracts.checkInStorageServer, typeof stores>) {
  const record = await server.load();
  const now = server.now();
  const at = new Date(now).toISOString();
  const said = {
    usedBytes: body.usedBytes,
    capacityBytes: body.capacityBytes ?? record.capacityBytes,
    softwareVersion: body.softwareVersion ?? record.softwareVersion,
  };
  return {
    result: presentServer({ ...record, ...said, lastSeenAt: at }, now),
    writes: [server.checkIn(record, body, at)],
  };
}

export const handler = operation(contracts.checkInStorageServer, checkInStorageServer, stores);
