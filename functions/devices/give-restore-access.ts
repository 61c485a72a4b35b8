import { refuseRestore } from "../../shared/domain/accounts/portal.ts";
import { wantedPrefixes } from "../../shared/domain/devices/data-place.ts";
import { effectiveServer } from "../../shared/domain/hierarchy/effective-server.ts";
import { placeToRestore } from "../../shared/domain/storage/restore-access.ts";
import { presentServer } from "../../shared/domain/storage/storage-server.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { vaultCredentials } from "../../shared/runtime/vault-credentials.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { serverStore } from "../../shared/store/storage/servers.ts";
import { sessionOf } from "../agent/grants.ts";
import { devices as contracts } from "./contract.ts";

const stores = { devices: deviceStore, servers: serverStore, credentials: vaultCredentials };

/**
 * Gives whoever has logged in by an account credentials that read the data of one of its devices, for an hour. Refuses where a level above
 * forbids it, once the data are removed or another device has them, and where nothing was ever stored. Each time is logged.
 */
export async function giveRestoreAccess({
  params,
  query,
  body,
  caller,
  deps: { devices, servers, credentials },
}: Input<typeof contracts.giveRestoreAccess, typeof stores>) {
  const { device, chain } = await devices.loadSettled(params.id);
  refuseRestore(chain);
  const { place, inherited } = placeToRestore(device, chain, devices.storage);
  const session = sessionOf(device, chain, place, inherited);
  const prefixes = session?.prefixes ?? [place.prefix, ...inherited];
  const wanted = wantedPrefixes(prefixes, body.prefixes);
  const chosen = session === null ? effectiveServer(chain) : null;
  const server = chosen && (await servers.read(chosen));
  if (session === null && server === null)
    throw new DomainError("storage_server_required", "The customer stores on a server of its own, and none is known.");
  const issued =
    session === null || query.dryRun === "true"
      ? null
      : await credentials.issue({ ...session, prefixes: wanted, access: "read", accountId: caller.id });
  const { location, region, bucket, endpoint } = place;
  const kept = { location, region, bucket, endpoint, prefixes: [...prefixes], credentials: null };
  const changes = issued ? [{ path: "readableUntil", before: null, after: issued.expiresAt }] : [];
  const storageServer = server && presentServer(server, devices.now());
  return {
    result: { ...kept, storageServer, credentials: issued },
    kept: { ...kept, storageServer },
    writes: [
      devices.unchanged(device),
      devices.log(chain, {
        type: "RestoreAccessGiven",
        node: { id: device.id, level: null, name: device.name },
        changes,
      }),
    ],
  };
}

export const handler = operation(contracts.giveRestoreAccess, giveRestoreAccess, stores);
