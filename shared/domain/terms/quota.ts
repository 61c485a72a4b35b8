import * as z from "zod";
import { refuse } from "./errors.ts";

/** A quota as a request brings it: whole bytes. Whether it fits is for `checkQuota`. */
export const Quota = z.int();

/** Which rule an effective quota comes from; null: none applies. */
export const QuotaSource = z.enum(["hardQuota", "plan", "trialSettings", "userQuota"]);

/** The quota that applies to an account, and where it comes from. */
export interface EffectiveQuota {
  bytes: number | null;
  source: z.infer<typeof QuotaSource> | null;
}

/**
 * The smaller of hard quota and user quota (Q2). Without a hard quota of its own an account has its plan's, and in trial at most what
 * the trial settings allow. All in bytes; null: unrestricted.
 */
export function effectiveQuota(quotas: {
  hardQuotaBytes: number | null;
  userQuotaBytes: number | null;
  planBytes: number | null;
  /** Space of a trial by the settings that apply; null: not in trial. */
  trialBytes: number | null;
}): EffectiveQuota {
  const { hardQuotaBytes, userQuotaBytes, planBytes, trialBytes } = quotas;
  const candidates: EffectiveQuota[] = [
    ...(hardQuotaBytes === null
      ? ([
          { bytes: planBytes, source: "plan" },
          { bytes: trialBytes, source: "trialSettings" },
        ] as const)
      : ([{ bytes: hardQuotaBytes, source: "hardQuota" }] as const)),
    { bytes: userQuotaBytes, source: "userQuota" },
  ];
  let best: EffectiveQuota = { bytes: null, source: null };
  for (const candidate of candidates)
    if (candidate.bytes !== null && (best.bytes === null || candidate.bytes < best.bytes)) best = candidate;
  return best;
}

/**
 * A quota lies between nothing and what the customer itself has been allotted.
 * @throws DomainError quota_not_allowed, at `path`
 */
export function checkQuota(bytes: number | null | undefined, customerLimit: number | null, path: string): void {
  if (bytes === null || bytes === undefined) return;
  if (bytes < 0) throw refuse("quota_not_allowed", path, "A quota cannot be negative.");
  if (customerLimit !== null && bytes > customerLimit)
    throw refuse("quota_not_allowed", path, `The customer has ${customerLimit} bytes; the quota cannot be ${bytes}.`);
}
