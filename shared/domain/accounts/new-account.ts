import { type AccountInput, type AccountPatch, type AccountRecord, checkQuotas, refuseDeleted } from "./account.ts";
import type { Chain } from "../hierarchy/customer.ts";
import { DomainError, refuse } from "../terms/errors.ts";
import { sells } from "../terms/levels.ts";
import { choosePlan, type ServicePlan } from "./service-plan.ts";
import { effectiveSettings } from "../terms/settings.ts";
import { trialEndAfter } from "../terms/trial.ts";

/** Fields that are a matter between those who sell and the customer: plans, trials, the quota that is billed, and suspension. */
const sellersFields = ["plan", "hardQuotaBytes", "trialDays", "active"] as const;

/**
 * A customer does not decide what it is sold: whoever's own customer is an end-customer or a site may not say these.
 * @throws DomainError forbidden
 */
export function refuseToCustomers(
  scopeId: string,
  chain: Chain,
  said: Partial<Record<(typeof sellersFields)[number], unknown>>,
): void {
  const scope = chain.find(({ id }) => id === scopeId);
  const field = sellersFields.find((name) => said[name] !== undefined);
  if (field !== undefined && scope !== undefined && !sells(scope.level))
    throw new DomainError("forbidden", `\`${field}\` is decided by those who sell to your customer.`);
}

/** Accounts stand under end-customers and sites (H2). @throws DomainError not_applicable, at `path` */
export function checkAccountLevel([customer]: Chain, path: string): void {
  if (sells(customer.level))
    throw refuse(
      "not_applicable",
      path,
      `A ${customer.level} has no accounts or devices itself; name an end-customer or a site.`,
    );
}

/** A parent account that can have another sub-account. @throws DomainError sub_account_of_sub_account | account_deleted */
export function checkParentAccount(parent: AccountRecord): void {
  if (parent.parentAccountId !== null)
    throw refuse("sub_account_of_sub_account", "parentAccountId", "This is a sub-account; name its parent account.");
  if (parent.deletedAt !== null)
    throw refuse("account_deleted", "parentAccountId", "The parent account is deleted; restore it first.");
}

type Rules = Pick<AccountInput, "plan" | "trialDays" | "hardQuotaBytes" | "userQuotaBytes">;

/** When a trial that begins now ends, by what was asked for or else by the settings. @returns ISO 8601 */
const accountTrialEnd = (chain: Chain, days: number | undefined, nowMs: number): string =>
  trialEndAfter(nowMs, days ?? effectiveSettings(chain).trial.days.value);

/**
 * Plan and trial of a new account: of a parent account as asked for, of a sub-account its parent's.
 * @throws DomainError plan_required | plan_unknown | plan_retired | plan_of_parent | not_applicable | trial_too_long |
 *   quota_not_allowed
 */
export function newAccountTerms(
  input: Rules,
  place: { parent: AccountRecord | null; chain: Chain; plans: readonly ServicePlan[] },
  nowMs: number,
): Pick<AccountRecord, "plan" | "trialEndsAt"> {
  const { parent, chain, plans } = place;
  checkQuotas(input, chain);
  if (parent) {
    if (input.plan !== undefined)
      throw refuse("plan_of_parent", "plan", "A sub-account has its parent account's plan; leave it out.");
    if (input.trialDays !== undefined)
      throw refuse("not_applicable", "trialDays", "A sub-account is in trial with its parent account.");
    return { plan: null, trialEndsAt: null };
  }
  const plan = choosePlan(plans, input.plan);
  if (input.trialDays !== undefined && !plan.trial)
    throw refuse("not_applicable", "trialDays", `The plan ${plan.code} is not a trial.`);
  const { value: most, source } = effectiveSettings(chain).trial.days;
  if (input.trialDays !== undefined && source.level !== "default" && input.trialDays > most)
    throw refuse("trial_too_long", "trialDays", `The settings allow a trial of ${most} days at most.`);
  return { plan: plan.code, trialEndsAt: plan.trial ? accountTrialEnd(chain, input.trialDays, nowMs) : null };
}

/**
 * An account after a merge patch, but for its contact.
 * @throws DomainError immutable | account_deleted | plan_of_parent | plan_unknown | plan_retired | quota_not_allowed
 */
export function changedAccount(
  patch: AccountPatch,
  place: { account: AccountRecord; parent: AccountRecord | null; chain: Chain; plans: readonly ServicePlan[] },
  nowMs: number,
): AccountRecord {
  const { account: before, chain, plans } = place;
  refuseDeleted(place);
  for (const field of ["customerId", "parentAccountId"] as const)
    if (patch[field] !== undefined && patch[field] !== before[field])
      throw refuse("immutable", field, "The customer and the parent account of an account cannot be changed.");
  checkQuotas(patch, chain);
  if (patch.plan !== undefined && before.parentAccountId !== null)
    throw refuse("plan_of_parent", "plan", "A sub-account has its parent account's plan; change the plan there.");
  const plan = patch.plan === undefined || patch.plan === before.plan ? null : choosePlan(plans, patch.plan);
  const merged: AccountRecord = {
    ...before,
    username: patch.username ?? before.username,
    contactId: patch.contactId ?? before.contactId,
    active: patch.active ?? before.active,
    externalRef: patch.externalRef === undefined ? before.externalRef : patch.externalRef,
    hardQuotaBytes: patch.hardQuotaBytes === undefined ? before.hardQuotaBytes : patch.hardQuotaBytes,
    userQuotaBytes: patch.userQuotaBytes === undefined ? before.userQuotaBytes : patch.userQuotaBytes,
    ...(plan && {
      plan: plan.code,
      // Another trial plan does not begin the trial anew; leaving trials ends it.
      ...(plan.trial
        ? { trialEndsAt: before.trialEndsAt ?? accountTrialEnd(chain, undefined, nowMs) }
        : { trialEndsAt: null, trialEndedAt: null, trialDeleteAt: null }),
    }),
  };
  const touched = JSON.stringify(merged) !== JSON.stringify(before);
  return touched ? { ...merged, version: before.version + 1, updatedAt: new Date(nowMs).toISOString() } : before;
}
