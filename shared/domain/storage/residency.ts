import * as z from "zod";
import { homeOf, locationOf, storesElsewhere } from "../devices/data-place.ts";
import type { DeviceRecord } from "../devices/device.ts";
import { type Chain, presentCustomer } from "../hierarchy/customer.ts";
import { isSeen, LocationDecision, Vault, VaultPlace } from "../hierarchy/vault.ts";
import { CustomerId, DeviceId } from "../terms/ids.ts";
import { StorageLocation, storageLocations } from "../terms/locations.ts";
import { ServiceType, serviceTypeOf } from "../terms/service-types.ts";
import { regionOf } from "../terms/storage-plan.ts";
import type { VaultManifest } from "./manifest.ts";

/** What a check found to be other than it should be. */
export const ResidencyDifference = z.object({
  code: z
    .enum([
      "location_differs",
      "region_differs",
      "bucket_elsewhere",
      "manifest_missing",
      "manifest_differs",
      "device_elsewhere",
    ])
    .meta({
      description:
        "location_differs: the vault is not in the customer's storage location; region_differs: nor in the region of that location; bucket_elsewhere: the bucket stands in another region; manifest_missing, manifest_differs: the storage does not say that the vault is the customer's; device_elsewhere: a device reports to have stored in another location",
    }),
  expected: z.string(),
  found: z.string().nullable(),
  deviceId: DeviceId.nullable().default(null),
});
export type ResidencyDifference = z.infer<typeof ResidencyDifference>;

/** What the last check of a customer's vault found. */
export const ResidencyCheck = z
  .object({
    checkedAt: z.string(),
    state: z.enum(["consistent", "different"]),
    differences: z.array(ResidencyDifference).meta({ description: "Of devices the first 20" }),
  })
  .meta({ id: "ResidencyCheck" });
export type ResidencyCheck = z.infer<typeof ResidencyCheck>;

/** Where the data of one customer lie, since when, and who decided it. */
export const CustomerStorage = z
  .object({
    customerId: CustomerId,
    name: z.string(),
    serviceType: ServiceType,
    location: StorageLocation.meta({ description: "Where its data lie, or would lie if it were all-inclusive" }),
    decision: LocationDecision.nullable().meta({ description: "null: decided before this was recorded" }),
    vault: Vault.nullable().meta({ description: "null: it sells, or its storage is its own" }),
    formerPlaces: z
      .array(VaultPlace.extend({ until: z.string() }))
      .meta({ description: "Places that it has left; what was stored there stays until it is removed for good" }),
    devicesElsewhere: z.array(VaultPlace.omit({ prefix: true }).extend({ devices: z.int() })).meta({
      description:
        "Devices that were moved here and whose data lie where they lay before, in the vaults of the customers that they have left; deleted ones too",
    }),
    usedBytes: z.int(),
    check: ResidencyCheck.nullable().meta({ description: "What the last nightly check found; null: there was none" }),
  })
  .meta({ id: "CustomerStorage" });
export type CustomerStorage = z.infer<typeof CustomerStorage>;

/** What is known beside a customer's record: the last check of its vault, and where its devices store beside that. */
export interface Found {
  check: ResidencyCheck | null;
  elsewhere: CustomerStorage["devicesElsewhere"];
}

/**
 * Where a customer's data lie, as its caller may see it: who decided is told by kind alone where that was somebody above the caller's branch, or of
 * one that the customer has left.
 * @param chain its own, nearest first
 */
export function presentStorage(
  chain: Chain,
  scopeId: string,
  { check, elsewhere }: Found,
  nowMs: number,
): CustomerStorage {
  const [record] = chain;
  const { vault, serviceType } = presentCustomer(chain, scopeId, nowMs);
  const location = storageLocations.find(({ code }) => code === record.storageLocation);
  if (!location) throw new Error(`There is no storage location ${record.storageLocation}.`);
  const decided = record.locationDecision;
  const isHidden = decided !== null && !isSeen(chain, scopeId, decided.scopeId);
  return {
    customerId: record.id,
    name: record.name,
    serviceType,
    location,
    decision: decided && LocationDecision.parse(isHidden ? { ...decided, by: { ...decided.by, id: null } } : decided),
    vault,
    formerPlaces: record.formerVaults,
    devicesElsewhere: elsewhere,
    usedBytes: Math.max(0, record.usedBytes),
    check: vault === null ? null : check,
  };
}

/** Whether the data of a device, or its customer's vault, are not where they should be, as far as that is known. */
export const isMisplaced = (chain: Chain, device: StoringDevice): boolean =>
  isChecked(chain) &&
  ((chain[0].vaultDiffers === true && !storesElsewhere(device, chain[0])) || deviceElsewhere(chain, device) !== null);
type StoringDevice = Pick<DeviceRecord, "id" | "foreignData" | "reportedLocation">;

/** What the storage says of a vault. */
export interface Evidence {
  /** The region that the bucket really stands in; null: there is no such bucket there. */
  bucketRegion: string | null;
  /** null: there is none; `unreadable`: there is something else in its place. */
  manifest: VaultManifest | "unreadable" | null;
}

/** Whether a customer's vault is one that is to be checked: it is there. */
export const isChecked = (chain: Chain): boolean =>
  chain[0].vaultStatus === "ready" && chain[0].vault !== null && serviceTypeOf(chain) === "all-inclusive";

/** Differences between a customer's record and what the storage says. */
export function differencesOf([record]: Chain, { bucketRegion, manifest }: Evidence): ResidencyDifference[] {
  const { vault, storageLocation } = record;
  if (!vault) return [];
  const differing = (
    code: ResidencyDifference["code"],
    expected: string,
    found: string | null,
  ): ResidencyDifference[] => (expected === found ? [] : [{ code, expected, found, deviceId: null }]);
  const said = (what: Pick<VaultManifest, "customerId" | "location" | "region" | "bucket" | "prefix">): string =>
    [what.customerId, what.location, what.region, what.bucket, what.prefix].join(" ");
  const wanted = said({ customerId: record.id, ...vault });
  return [
    ...differing("location_differs", storageLocation, vault.location),
    ...differing("region_differs", regionOf(storageLocation), vault.region),
    ...differing("bucket_elsewhere", vault.region, bucketRegion),
    ...(manifest === null
      ? differing("manifest_missing", wanted, null)
      : differing("manifest_differs", wanted, manifest === "unreadable" ? null : said(manifest))),
  ];
}

/** The difference that a device reports, if any: it has stored where none of the vaults is that its data may lie in. */
export function deviceElsewhere([record]: Chain, device: StoringDevice): ResidencyDifference | null {
  const { id, reportedLocation } = device;
  const known = homeOf(device, record, id).vaults.map(({ location }) => location);
  if (reportedLocation === null || known.includes(reportedLocation)) return null;
  return { code: "device_elsewhere", expected: locationOf(device, record), found: reportedLocation, deviceId: id };
}
