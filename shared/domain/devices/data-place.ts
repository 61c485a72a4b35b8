import * as z from "zod";
import type { Chain, CustomerRecord } from "../hierarchy/customer.ts";
import { effectiveServer } from "../hierarchy/effective-server.ts";
import { devicePrefix, VaultPlace, vaultsOf } from "../hierarchy/vault.ts";
import { DomainError, refuse } from "../terms/errors.ts";
import { CustomerId, DeviceId } from "../terms/ids.ts";
import type { LocationCode } from "../terms/locations.ts";
import { serviceTypeOf } from "../terms/service-types.ts";
import { endpointOf, type StoragePlan } from "../terms/storage-plan.ts";

/*
 * Data stay where they are when a device is moved to another customer: they are not copied from one vault to another, and new data go on where
 * the old ones lie. So a device's record names the vaults of customers that it has left.
 */

/** Data that a device holds in the vault of a customer that it was moved away from. */
export const ForeignData = z.object({
  customerId: CustomerId,
  /** Where that customer's data lay then, today's place first. None: its storage was its own. */
  vaults: z.array(VaultPlace),
  /** Under whose ids the data lie: the device's own, or those that it has replaced. */
  deviceIds: z.array(DeviceId),
});
export type ForeignData = z.infer<typeof ForeignData>;

/** The part of a device's record that says where its data lie. */
export interface HasData {
  id: string;
  everLicensed: boolean;
  replaces: readonly string[];
  /** The device that has taken over all of it. */
  replacedBy: string | null;
  foreignData: readonly ForeignData[];
}
type Owner = Pick<CustomerRecord, "id" | "vault" | "formerVaults">;

/** The vaults in which data lie, today's first, and whose they are. */
export type DataHome = Pick<ForeignData, "customerId" | "vaults">;

/** Where the data lie that are kept under a device's id: its own, or that of one that it has replaced. `customer` is the device's own. */
export function homeOf({ foreignData }: Pick<HasData, "foreignData">, customer: Owner, dataDeviceId: string): DataHome {
  const foreign = foreignData.find(({ deviceIds }) => deviceIds.includes(dataDeviceId));
  return foreign ?? { customerId: customer.id, vaults: vaultsOf(customer) };
}

const prefixIn = ({ customerId }: Pick<DataHome, "customerId">, dataDeviceId: string): string =>
  devicePrefix({ prefix: `${customerId}/` }, dataDeviceId);

/** The storage location of a device's own data. */
export const locationOf = (
  device: Pick<HasData, "id" | "foreignData">,
  customer: Owner & Pick<CustomerRecord, "storageLocation">,
): LocationCode => {
  const { customerId, vaults } = homeOf(device, customer, device.id);
  return customerId === customer.id ? customer.storageLocation : (vaults[0]?.location ?? customer.storageLocation);
};

/**
 * Where data go that are kept under a device's id: into its customer's vault, or the one where they lie already; those of a software-only
 * customer into a storage of its own.
 */
export function placeOfData(
  chain: Chain,
  device: Pick<HasData, "id" | "foreignData">,
  dataDeviceId: string,
  plan: StoragePlan,
): {
  location: LocationCode;
  region: string | null;
  bucket: string | null;
  prefix: string;
  endpoint: string | null;
  storageServerId: string | null;
} {
  const [customer] = chain;
  const home = homeOf(device, customer, dataDeviceId);
  const isForeign = home.customerId !== customer.id;
  const vault = isForeign ? (home.vaults[0] ?? customer.vault) : customer.vault;
  const prefix = prefixIn(home, dataDeviceId);
  // A site's record may still hold a vault of the time before its end-customer got a storage of its own.
  if (!vault || serviceTypeOf(chain) === "software-only")
    return {
      location: customer.storageLocation,
      region: null,
      bucket: null,
      prefix,
      endpoint: null,
      storageServerId: effectiveServer(chain)?.id ?? null,
    };
  const location = isForeign ? vault.location : customer.storageLocation;
  const { region, bucket } = vault;
  return { location, region, bucket, prefix, endpoint: endpointOf(plan, location), storageServerId: null };
}

/** Whether a device's own data lie in the vault of another customer: whether its customer's vault is ready is then no matter. */
export const storesElsewhere = (device: Pick<HasData, "id" | "foreignData">, customer: Owner): boolean => {
  const { customerId, vaults } = homeOf(device, customer, device.id);
  return customerId !== customer.id && vaults.length > 0;
};

/**
 * Where the data lie that a device has taken over from those that it replaced, the last first, and those of devices of which a backup set was moved
 * to it.
 */
export const inheritedPrefixes = (
  [customer]: Chain,
  device: Pick<HasData, "replaces" | "foreignData"> & { borrows?: readonly string[] },
): string[] => [...device.replaces, ...(device.borrows ?? [])].map((id) => prefixIn(homeOf(device, customer, id), id));

/** The prefixes of a grant that credentials are wanted for; unsaid, all. @throws DomainError not_applicable */
export function wantedPrefixes(prefixes: readonly string[], wanted: readonly string[] | undefined): readonly string[] {
  for (const [index, prefix] of (wanted ?? []).entries())
    if (!prefixes.includes(prefix))
      throw refuse("not_applicable", `prefixes.${index}`, "is none of the prefixes that the grant names");
  return wanted ?? prefixes;
}

/**
 * What a device knows of its data once it stands under another customer. One that was never let in has none, and begins in the vault there; those of one
 * that was replaced are the other's.
 */
export function foreignAfter(device: HasData, from: Owner, toId: string): ForeignData[] {
  const ids = device.everLicensed && device.replacedBy === null ? [device.id, ...device.replaces] : [];
  const here = ids.filter((id) => homeOf(device, from, id).customerId === from.id);
  const others = device.foreignData.filter(({ customerId }) => customerId !== toId);
  return from.id === toId || here.length === 0
    ? [...others]
    : [...others, { customerId: from.id, vaults: vaultsOf(from), deviceIds: here }];
}

/**
 * What a device knows of data under another device's id once a backup set of that one is moved to it.
 * @throws DomainError storage_location_differs where they lie in another bucket than its own: its credentials open one
 */
export function foreignBorrowed(
  borrower: HasData,
  lender: HasData,
  dataDeviceId: string,
  customer: Owner,
): ForeignData[] {
  const [own, home] = [homeOf(borrower, customer, borrower.id), homeOf(lender, customer, dataDeviceId)];
  if (own.vaults[0]?.bucket !== home.vaults[0]?.bucket)
    throw new DomainError(
      "storage_location_differs",
      "The data of the backup set lie in another storage location than those of the device.",
    );
  const known = borrower.foreignData.find(({ customerId }) => customerId === home.customerId);
  if (home.customerId === customer.id || known?.deviceIds.includes(dataDeviceId) === true)
    return [...borrower.foreignData];
  const others = borrower.foreignData.filter((entry) => entry !== known);
  const deviceIds = [...(known?.deviceIds ?? []), dataDeviceId];
  return [...others, { customerId: home.customerId, vaults: [...home.vaults], deviceIds }];
}

/**
 * What a newer device knows of the data of an older one that it replaces. One that has none of its own goes on where those of the older lie.
 * @throws DomainError not_applicable where both have data, in different places: credentials open one bucket
 */
export function foreignTogether(older: HasData, newer: HasData, customer: Owner): ForeignData[] {
  const [old, own] = [older, newer].map((device) => homeOf(device, customer, device.id));
  const differ = old?.vaults[0]?.bucket !== own?.vaults[0]?.bucket;
  if (differ && older.everLicensed && newer.everLicensed)
    throw refuse(
      "not_applicable",
      "by",
      "The data of the two devices lie in different storage locations; credentials of one device open one of them only.",
    );
  const taken = older.foreignData.map((entry) =>
    differ && entry.deviceIds.includes(older.id) ? { ...entry, deviceIds: [...entry.deviceIds, newer.id] } : entry,
  );
  const merged = new Map<string, ForeignData>();
  for (const entry of [...taken, ...newer.foreignData]) {
    const known = merged.get(entry.customerId);
    merged.set(entry.customerId, known ? { ...known, deviceIds: [...known.deviceIds, ...entry.deviceIds] } : entry);
  }
  return [...merged.values()];
}
