import * as z from "zod";
import { VaultPlace } from "../hierarchy/vault.ts";
import { CustomerId } from "../terms/ids.ts";

/** What the storage itself says of a vault: whose it is, and where it was meant to be. */
export const VaultManifest = VaultPlace.extend({
  format: z.literal(1),
  stage: z.string(),
  customerId: CustomerId,
  orderedAt: z.string(),
});
export type VaultManifest = z.infer<typeof VaultManifest>;

/** Where the manifest stands: beside the devices' prefixes, so that no device can read or write it. */
export const manifestKey = ({ prefix }: Pick<VaultPlace, "prefix">): string => `${prefix}.tenantry/vault.json`;

/** The manifest of a customer's vault. */
export const manifestOf = (customerId: string, place: VaultPlace, orderedAt: string, stage: string): VaultManifest => ({
  format: 1,
  stage,
  customerId,
  ...place,
  orderedAt,
});

/** The manifest that a text holds; null where it holds none. */
export function manifestIn(text: string): VaultManifest | null {
  try {
    return VaultManifest.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether a manifest says what it should; that it was written for an earlier order is no difference. */
export const saysTheSame = (found: VaultManifest, wanted: VaultManifest): boolean =>
  (["stage", "customerId", "location", "region", "bucket", "prefix"] as const).every(
    (name) => found[name] === wanted[name],
  );

/** Why a vault could not be provisioned. */
export const VaultProblem = z.enum([
  "bucket_missing",
  "bucket_elsewhere",
  "access_denied",
  "manifest_differs",
  "throttled",
  "unreachable",
  "storage_error",
]);
export type VaultProblem = z.infer<typeof VaultProblem>;

/** After so many attempts in vain a vault counts as failed; it is tried again all the same. */
export const failedAfter = 3;
const firstPauseMs = 60_000;
const longestPauseMs = 60 * 60_000;

/** How long to wait after so many attempts in vain. @param random 0 to 1: those that failed together are not to come back together */
export const pauseAfter = (attempts: number, random: number): number =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 20)) * (0.5 + random / 2);
