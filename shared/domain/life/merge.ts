import * as z from "zod";
import { type Chain, CustomerInput, type CustomerRecord, licencesOf, spaceOf } from "../hierarchy/customer.ts";
import { type Allowance, planLimit } from "../terms/allowance.ts";
import { DomainError, type FieldError, refuse } from "../terms/errors.ts";
import { AccountId, CustomerId } from "../terms/ids.ts";
import { effectiveSettings } from "../terms/settings.ts";
import { SamePlan, targetFindings, runningFindings, type Weight, roomFindings } from "./account-move.ts";
import { complaintOf, movedAtOnce, say } from "./customer-move.ts";

/** What limits the target has once it has all that the other customer had. */
export const QuotaRule = z.enum(["sum", "keep", "largest"]).meta({
  id: "QuotaRule",
  description:
    "Of space, licences and devices. sum: both limits together; keep: the target's own; largest: the larger of the two. With sum and largest no limit counts as more than any",
});
export type QuotaRule = z.infer<typeof QuotaRule>;

const accountIds = z.array(AccountId).min(1).max(movedAtOnce);
export const CustomerMerge = z
  .strictObject({
    fromCustomerId: CustomerId.meta({ description: "The end-customer or site whose accounts the target gets" }),
    accountIds: accountIds.optional().meta({
      description:
        "Some of its accounts, with their sub-accounts. Default: all, and then the emptied customer is deleted",
    }),
    quotas: QuotaRule,
    onSamePlan: SamePlan.default("sub-account"),
  })
  .meta({ id: "CustomerMerge" });
export type CustomerMerge = z.infer<typeof CustomerMerge>;

export const CustomerSplit = z
  .strictObject({
    accountIds: accountIds.meta({ description: "The accounts that the new customer gets, with their sub-accounts" }),
    customer: CustomerInput.meta({ description: "The new customer; its parent is by default that of the old one" }),
  })
  .meta({ id: "CustomerSplit" });

/** @throws DomainError merge_disabled unless the provider has switched merging and splitting on */
export function checkEnabled(chain: Chain): void {
  if (!effectiveSettings(chain).moves.mergeAndSplit.value)
    throw new DomainError(
      "merge_disabled",
      "Customers cannot be merged or split here; the provider can allow it (`moves.mergeAndSplit`).",
    );
}

/** Limits of one customer; null: none. */
export const Limits = z.object({
  spaceLimit: z.int().nullable(),
  licenceLimit: z.int().nullable(),
  deviceLimit: z.int().nullable(),
});
export type Limits = z.infer<typeof Limits>;
/** The limits that a customer has. */
export const limitsOf = ({ spaceLimit, licenceLimit, deviceLimit }: CustomerRecord): Limits => ({
  spaceLimit,
  licenceLimit,
  deviceLimit,
});

const together = (rule: QuotaRule, own: number | null, more: number | null): number | null => {
  if (rule === "keep") return own;
  if (own === null || more === null) return null;
  return rule === "sum" ? own + more : Math.max(own, more);
};

/** The limits that the target of a merge has by a rule. */
export const mergedLimits = (rule: QuotaRule, from: Limits, to: Limits): Limits => ({
  spaceLimit: together(rule, to.spaceLimit, from.spaceLimit),
  licenceLimit: together(rule, to.licenceLimit, from.licenceLimit),
  deviceLimit: together(rule, to.deviceLimit, from.deviceLimit),
});

/** A change of one customer's limits, as `changedAllocations` takes it. */
interface LimitChange {
  id: string;
  space?: { limitBytes: number | null };
  licences?: { limit: number | null };
  deviceLimit?: number | null;
}

/**
 * The limits that the target has before the first account comes: those that end, and that of devices, which is nobody's share. Licences bring their
 * share of a limit along; that of space comes last, since use may overshoot it.
 */
export function limitsAhead(final: Limits, to: CustomerRecord): LimitChange[] {
  const change: LimitChange = {
    id: to.id,
    ...(final.spaceLimit === null && to.spaceLimit !== null && { space: { limitBytes: null } }),
    ...(final.licenceLimit === null && to.licenceLimit !== null && { licences: { limit: null } }),
    ...(final.deviceLimit !== to.deviceLimit && { deviceLimit: final.deviceLimit }),
  };
  return Object.keys(change).length === 1 ? [] : [change];
}

/** The limits of both once all accounts have gone: the target's are those of the rule, the other customer keeps what it still has in use. */
export function limitsLast(rule: QuotaRule, final: Limits, from: CustomerRecord, to: CustomerRecord): LimitChange[] {
  if (rule === "keep") return [];
  const [space, licences] = [final.spaceLimit !== null, final.licenceLimit !== null];
  const rest = (limit: number | null, inUse: number): number | null =>
    limit === null ? null : Math.min(limit, Math.max(0, inUse));
  return [
    {
      id: to.id,
      ...(space && final.spaceLimit !== to.spaceLimit && { space: { limitBytes: final.spaceLimit } }),
      ...(licences && final.licenceLimit !== to.licenceLimit && { licences: { limit: final.licenceLimit } }),
    },
    {
      id: from.id,
      ...(space && { space: { limitBytes: rest(from.spaceLimit, from.usedBytes) } }),
      ...(licences && { licences: { limit: rest(from.licenceLimit, from.licenceCommitted + from.licenceDrawn) } }),
    },
  ].filter((change) => Object.keys(change).length > 1);
}

/** A merge that is asked for: both chains as they were read, nearest first. */
export interface Merge {
  from: Chain;
  to: Chain;
  /** Whether all accounts go, so that the customer is empty afterwards. */
  isWhole: boolean;
  quotas: QuotaRule;
  /** The customer has customers below it, or devices that wait for an account. */
  hasSites: boolean;
  hasWaiting: boolean;
  /** What all accounts count together that go. */
  weight: Weight;
}

/** The target's chain with the limits that it will have. */
export function withMergedLimits({ from, to: [target, ...above], quotas, isWhole }: Merge): Chain {
  return isWhole ? [{ ...target, ...mergedLimits(quotas, from[0], target) }, ...above] : [target, ...above];
}

function wholeFindings({ from: [old], isWhole, quotas, hasSites, hasWaiting }: Merge): FieldError[] {
  if (!isWhole)
    return quotas === "keep"
      ? []
      : say("not_applicable", "quotas", "Where some accounts stay the limits do too; ask for `keep`.");
  return [
    ...(old.isDefault
      ? say(
          "default_customer",
          "fromCustomerId",
          "The Default Customer cannot be deleted; name the accounts that are to go.",
        )
      : []),
    ...(hasSites ? say("not_applicable", "fromCustomerId", `${old.name} has sites; move them first.`) : []),
    ...(hasWaiting
      ? say(
          "device_not_pending",
          "fromCustomerId",
          `Devices of ${old.name} wait for approval; approve or delete them first.`,
        )
      : []),
  ];
}

/** What the levels above the target have no room for: one and the same parent has what both customers had together. */
function limitFindings({ from: [old, parent], to: [target, ...above], quotas }: Merge): FieldError[] {
  const after = mergedLimits(quotas, old, target);
  const isSame = parent?.id === above[0]?.id;
  const check = (own: Allowance, limit: number | null, levels: Allowance[]): FieldError[] =>
    limit === own.limit || (isSame && limit !== null)
      ? []
      : complaintOf(() => planLimit(own, limit, levels, "quotas"), "quotas");
  return [
    ...check(spaceOf(target), after.spaceLimit, above.map(spaceOf)),
    ...check(licencesOf(target), after.licenceLimit, above.map(licencesOf)),
  ];
}

/** @returns everything that stands against a merge beside what stands against each account */
export function mergeFindings(merge: Merge): FieldError[] {
  const { from, to, weight } = merge;
  const [[old], [target]] = [from, to];
  if (old.id === target.id) return say("not_applicable", "fromCustomerId", "A customer cannot be merged into itself.");
  return [
    ...targetFindings(from).map((finding) => ({ ...finding, path: "fromCustomerId" })),
    ...targetFindings(to).map((finding) => ({ ...finding, path: "" })),
    ...runningFindings([old, target]),
    ...(old.storageLocation === target.storageLocation
      ? []
      : say(
          "storage_location_differs",
          "fromCustomerId",
          `${old.name} stores in ${old.storageLocation}, ${target.name} in ${target.storageLocation}. Move single accounts instead: their data stay where they are.`,
        )),
    ...wholeFindings(merge),
    ...roomFindings(from, withMergedLimits(merge), weight).map((finding) => ({ ...finding, path: "quotas" })),
    ...(merge.isWhole ? limitFindings(merge) : []),
  ];
}

/** @throws DomainError move_refused, with all that stands against it at once */
export function checkMerge(findings: readonly FieldError[]): void {
  if (findings.length > 0)
    throw new DomainError("move_refused", "The customers cannot be merged; `errors` says why.", [...findings]);
}

/** @throws DomainError invalid_ids where an account is named twice */
export function checkAccountIds(ids: readonly string[]): void {
  const twice = ids.findIndex((id, index) => ids.indexOf(id) < index);
  if (twice >= 0) throw refuse("invalid_ids", `accountIds.${twice}`, `${ids[twice]} is named twice.`);
}
