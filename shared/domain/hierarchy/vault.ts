import * as z from "zod";
import { LocationCode } from "../terms/locations.ts";
import { bucketOf, regionOf, type StoragePlan } from "../terms/storage-plan.ts";

/** Where the data of a customer lie: a prefix of its own in the bucket of its location. */
export const VaultPlace = z.object({
  location: LocationCode,
  region: z.string(),
  bucket: z.string(),
  prefix: z.string(),
});
export type VaultPlace = z.infer<typeof VaultPlace>;

/** provisioning: ordered, and not there yet; ready: there; failed: tried several times in vain, and tried again all the same. */
export const VaultStatus = z.enum(["provisioning", "ready", "failed"]);
export type VaultStatus = z.infer<typeof VaultStatus>;

/** Who decided where the data of a customer lie, and by which rule. */
export const LocationDecision = z.object({
  rule: z.enum(["country", "choice", "support"]).meta({
    description:
      "country: the customer's country hosts storage; choice: whoever created it chose; support: changed afterwards",
  }),
  at: z.string(),
  by: z.object({ kind: z.string(), id: z.string().nullable() }).meta({
    description:
      "id null: the product itself, or somebody above the caller's branch or of one that the customer has left",
  }),
  reason: z.string().nullable(),
});
export type LocationDecision = z.infer<typeof LocationDecision>;
/** Who makes a change, as its record remembers it: with the customer whose branch that is. */
export interface Decider {
  kind: string;
  id: string;
  scopeId: string;
}

/**
 * Whether the branch that a decider belongs to is told to a caller. It is not where it lies above the caller's, nor where the customer has been
 * moved out of it.
 * @param chain the customer's own, nearest first
 */
export function isSeen(chain: readonly { id: string }[], scopeId: string, deciderScopeId: string | null): boolean {
  const step = (id: string | null): number => chain.findIndex((node) => node.id === id);
  return step(deciderScopeId) >= 0 && step(deciderScopeId) <= step(scopeId);
}

/** What a customer's record holds of its vault (S5). Whoever provisions it changes these alone, which does not count for `version`. */
export const vaultFields = {
  vault: VaultPlace.nullable().default(null),
  vaultStatus: VaultStatus.nullable().default(null),
  /** When it was ordered: what was found out about an earlier order concerns this one no more. */
  vaultOrderedAt: z.string().nullable().default(null),
  /** When it was ready for the first time. */
  vaultReadyAt: z.string().nullable().default(null),
  /** Attempts in vain since it was ordered, and what stood in the way of the last one. */
  vaultAttempts: z.int().default(0),
  vaultProblem: z.string().nullable().default(null),
  /** Where its data may lie too: places that it has left. They stay until it is removed for good. */
  formerVaults: z.array(VaultPlace.extend({ until: z.string() })).default([]),
  /** The last check found something to be other than it should be. */
  vaultDiffers: z.literal(true).nullable().default(null),
  /** null: decided before this was recorded, by the rule of the country or by choice. */
  locationDecision: LocationDecision.extend({ scopeId: z.string().nullable() }).nullable().default(null),
};
const VaultRecord = z.object(vaultFields);
export type VaultRecord = z.infer<typeof VaultRecord>;

/** The place of a customer's vault in a location. */
export const vaultPlace = (plan: StoragePlan, customerId: string, location: LocationCode): VaultPlace => ({
  location,
  region: regionOf(location),
  bucket: bucketOf(plan, location),
  prefix: `${customerId}/`,
});

/** Places that a customer's data may lie in, today's first. */
export const vaultsOf = ({ vault, formerVaults }: Pick<VaultRecord, "vault" | "formerVaults">): VaultPlace[] => [
  ...(vault ? [vault] : []),
  ...formerVaults.map((former) => VaultPlace.parse(former)),
];

/** The part of a customer's vault that is one device's. */
export const devicePrefix = ({ prefix }: Pick<VaultPlace, "prefix">, deviceId: string): string =>
  `${prefix}${deviceId}/`;

/** The customer's part of the storage that a device's prefix lies in. */
export const vaultOf = (prefix: string): string => prefix.slice(0, prefix.indexOf("/") + 1);

const left = ({ vault, formerVaults }: VaultRecord, to: LocationCode | null, at: string): VaultRecord["formerVaults"] =>
  [...formerVaults, ...(vault ? [{ ...vault, until: at }] : [])].filter(({ location }) => location !== to);

/** A record with a vault ordered in a location; it stays as it is where it has one there. What it had elsewhere stays where it is. */
export function withVault<R extends VaultRecord & { id: string }>(
  record: R,
  location: LocationCode,
  plan: StoragePlan,
  at: string,
): R {
  if (record.vault?.location === location) return record;
  return {
    ...record,
    vault: vaultPlace(plan, record.id, location),
    vaultStatus: "provisioning",
    vaultOrderedAt: at,
    vaultReadyAt: null,
    vaultAttempts: 0,
    vaultProblem: null,
    formerVaults: left(record, location, at),
  };
}

/** A record without a vault, since its storage is its own from now on. What was the vault stays, empty, until the customer is removed for good. */
export const withoutVault = <R extends VaultRecord>(record: R, at: string): R => ({
  ...record,
  vault: null,
  vaultStatus: null,
  vaultOrderedAt: null,
  vaultReadyAt: null,
  vaultAttempts: 0,
  vaultProblem: null,
  formerVaults: left(record, null, at),
});

/** The vault as the API shows it. */
export const Vault = z
  .object({
    status: VaultStatus,
    region: z.string(),
    bucket: z.string(),
    prefix: z.string(),
    readyAt: z.string().nullable().meta({ description: "When it was ready for the first time" }),
    reason: z.string().nullable().meta({ description: "What stood in the way of the last attempt to provision it" }),
  })
  .meta({ id: "Vault" });

export const presentVault = ({
  vault,
  vaultStatus,
  vaultReadyAt,
  vaultProblem,
}: VaultRecord): z.infer<typeof Vault> | null =>
  vault &&
  vaultStatus && {
    status: vaultStatus,
    region: vault.region,
    bucket: vault.bucket,
    prefix: vault.prefix,
    readyAt: vaultReadyAt,
    reason: vaultStatus === "ready" ? null : vaultProblem,
  };
