import * as z from "zod";
import { VaultCredentials } from "../devices/credentials.ts";
import { inheritedPrefixes, placeOfData, storesElsewhere } from "../devices/data-place.ts";
import type { DeviceRecord } from "../devices/device.ts";
import type { Chain } from "../hierarchy/customer.ts";
import { purged } from "../life/deletion.ts";
import { DomainError } from "../terms/errors.ts";
import { LocationCode } from "../terms/locations.ts";
import { serviceTypeOf } from "../terms/service-types.ts";
import type { StoragePlan } from "../terms/storage-plan.ts";
import { StorageServer } from "./storage-server.ts";

/** Where the data of a device lie, and what they are read with. */
export const RestoreAccess = z
  .object({
    location: LocationCode,
    region: z.string().nullable().meta({ description: "null: the customer's own storage (software-only)" }),
    bucket: z.string().nullable(),
    endpoint: z.string().nullable(),
    prefixes: z.array(z.string()).meta({
      description: "Where the data lie: the device's own first, then those of the devices that it has replaced",
    }),
    storageServer: StorageServer.pick({ id: true, name: true, url: true, state: true })
      .nullable()
      .meta({ description: "Of a software-only customer: the server that holds the data; it admits readers itself" }),
    credentials: VaultCredentials.extend({
      expiresAt: z.string().meta({ description: "An hour at the most; ask again for new ones" }),
      prefixes: z.array(z.string()).meta({ description: "What they open" }),
    })
      .meta({ id: "RestoreCredentials", description: "They read, and do nothing else" })
      .nullable()
      .meta({
        description:
          "null: the customer's own storage, a dry run, or the repetition of an answer, since credentials are kept nowhere",
      }),
  })
  .meta({ id: "RestoreAccess" });

/**
 * Where the data lie that belong to a device alone: its own, and those of devices that it has replaced. Data that came with a backup set of
 * another device are not among them: they lie between all that one's data, and it may be another account's.
 * @throws DomainError purged | device_replaced | nothing_stored
 */
export function placeToRestore(device: DeviceRecord, chain: Chain, plan: StoragePlan) {
  if (device.purgeStartedAt !== null) throw purged("device");
  if (device.replacedBy !== null)
    throw new DomainError("device_replaced", "Another device has its data now; restore from that one.");
  if (!device.everLicensed) throw new DomainError("nothing_stored", "The device has never been allowed to back up.");
  const isInVault = serviceTypeOf(chain) !== "software-only" && !storesElsewhere(device, chain[0]);
  if (isInVault && chain[0].vaultStatus !== "ready")
    throw new DomainError("nothing_stored", "The customer's storage is not ready; nothing is stored there.");
  const { replaces, foreignData } = device;
  return {
    place: placeOfData(chain, device, device.id, plan),
    inherited: inheritedPrefixes(chain, { replaces, foreignData }),
  };
}
