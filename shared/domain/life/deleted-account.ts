import type { AccountPlace, AccountRecord } from "../accounts/account.ts";
import { planLicence } from "../devices/admission.ts";
import type { Commitment } from "../terms/allowance.ts";
import { purged } from "./deletion.ts";
import { refuseMoving } from "./deleted-customer.ts";
import { DomainError } from "../terms/errors.ts";
import { effectiveSettings, graceDays } from "../terms/settings.ts";
import { trialEndAfter } from "../terms/trial.ts";

/** An account marked as deleted, or no longer, and the licences that it gives back above, or takes again. */
export interface MarkedAccount {
  account: AccountRecord;
  licences: Commitment[];
  /** How many licences that is: those of its devices and, of a parent account, of its sub-accounts. */
  count: number;
  /** How many devices count no longer, or again. */
  devices: number;
}
type Place = Pick<AccountPlace, "account" | "parent" | "chain">;

/** @throws DomainError account_deleted where a sub-account's parent account is deleted, which decides about it */
export function refuseUnderDeleted({ parent }: Place): void {
  if (parent && parent.deletedAt !== null)
    throw new DomainError("account_deleted", "The parent account is deleted; restore it first.");
}

/**
 * An account marked as deleted, its sub-accounts with it: login, plan, contact and data stay until `purgeAt`, licences go back.
 * @throws DomainError account_deleted | move_running
 */
export function deletedAccount(place: Place, deletionId: string, nowMs: number): MarkedAccount {
  const { account: before, chain } = place;
  refuseUnderDeleted(place);
  refuseMoving(before);
  const deletedAt = new Date(nowMs).toISOString();
  const count = before.licencesUsed;
  return {
    account: {
      ...before,
      deletedAt,
      purgeAt: trialEndAfter(nowMs, graceDays(chain)),
      deletionId,
      updatedAt: deletedAt,
      version: before.version + 1,
    },
    licences: count === 0 ? [] : (planLicence(chain, -count) ?? []),
    count,
    devices: -before.devicesHeld,
  };
}

/**
 * An account that is deleted no longer. One whose trial has ended and whose delete period is over gets another one, or it would be deleted again at once.
 * @throws DomainError purged | account_deleted | licence_exhausted
 */
export function restoredAccount(place: Place, nowMs: number): MarkedAccount {
  const { account: before, chain } = place;
  if (before.purgeStartedAt !== null) throw purged("account");
  refuseUnderDeleted(place);
  const late = before.trialDeleteAt !== null && Date.parse(before.trialDeleteAt) <= nowMs;
  const count = before.licencesUsed;
  const licences = count === 0 ? [] : planLicence(chain, count);
  if (licences === null)
    throw new DomainError(
      "licence_exhausted",
      `Its devices hold ${count} licences, and so many are not free; raise the number first.`,
    );
  return {
    account: {
      ...before,
      trialDeleteAt: late ? trialDeletion(chain, nowMs) : before.trialDeleteAt,
      deletedAt: null,
      purgeAt: null,
      deletionId: null,
      updatedAt: new Date(nowMs).toISOString(),
      version: before.version + 1,
    },
    licences,
    count,
    devices: before.devicesHeld,
  };
}

/** When an account whose trial ends now is deleted. ISO 8601. */
const trialDeletion = (chain: Place["chain"], nowMs: number): string =>
  trialEndAfter(nowMs, effectiveSettings(chain).trial.deleteAfterDays.value);

/** An account whose trial has come to its end: suspended, until it is moved to a plan that is no trial, or deleted (L2). */
export const trialEndedAccount = ({ account, chain }: Place, nowMs: number): AccountRecord => {
  const at = new Date(nowMs).toISOString();
  return {
    ...account,
    trialEndedAt: at,
    trialDeleteAt: trialDeletion(chain, nowMs),
    updatedAt: at,
    version: account.version + 1,
  };
};
