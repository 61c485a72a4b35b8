import * as z from "zod";
import { Counter } from "../terms/allowance.ts";
import { type Chain, CustomerInput, deletedIn, effectivelyActive } from "../hierarchy/customer.ts";
import { Contact, ContactInput, type ContactRecord, presentContact } from "./contact.ts";
import { DomainError } from "../terms/errors.ts";
import { AccountId, ContactId, CustomerId, DeletionId, MailId } from "../terms/ids.ts";
import { Username } from "../access/login.ts";
import { Password } from "../access/password.ts";
import { checkQuota, effectiveQuota, Quota, QuotaSource } from "../terms/quota.ts";
import { PlanCode, planOf, type ServicePlan } from "./service-plan.ts";
import { effectiveSettings } from "../terms/settings.ts";
import { Reference } from "../terms/text.ts";
import { daysLeft, trialEndAfter } from "../terms/trial.ts";

const quota = {
  hardQuotaBytes: Quota.nullish().meta({ description: "Set by who sells; null: the plan's" }),
  userQuotaBytes: Quota.nullish().meta({ description: "The user's own; null: none" }),
};

const ref = Reference.meta({
  description:
    "Its number in another system; unique among the parent accounts of a customer, or the sub-accounts of one",
});

const ofNewAccount = {
  customerId: CustomerId.optional().meta({ description: "For a parent account of a customer that there is" }),
  parentAccountId: AccountId.optional().meta({ description: "For a sub-account, which takes its parent's plan" }),
  plan: PlanCode.optional().meta({ description: "Needed for a parent account" }),
  username: Username,
  password: Password.optional().meta({ description: "Default: a temporary one, mailed to the contact" }),
  mustChangePassword: z
    .boolean()
    .optional()
    .meta({ description: "Default: true for a temporary password, else false" }),
  contactId: ContactId.optional().meta({ description: "A contact of the customer, shared with other accounts" }),
  contact: ContactInput.optional().meta({
    description:
      "A new contact. Default: the parent account's for a sub-account, the customer's own details for a new customer",
  }),
  trialDays: z
    .int()
    .min(1)
    .max(365)
    .optional()
    .meta({ description: "For a plan that is a trial; default by the settings" }),
  active: z.boolean().optional().meta({ description: "Default: true; false: suspended; its devices may not back up" }),
  ...quota,
};
const contactOnce = {
  path: ["contact"],
  error: "cannot be given beside contactId",
};

/** What a caller may say of a new account, in one of the three ways of A1. */
export const AccountInput = z
  .strictObject({
    ...ofNewAccount,
    customer: CustomerInput.optional().meta({ description: "For a new customer with its first parent account" }),
    externalRef: ref.nullish(),
  })
  .refine((input) => input.contact === undefined || input.contactId === undefined, contactOnce)
  .refine(
    (input) => input.customer !== undefined || input.customerId !== undefined || input.parentAccountId !== undefined,
    {
      path: ["customerId"],
      error: "is required, unless customer or parentAccountId is given",
    },
  )
  .refine((input) => input.customer === undefined || input.customerId === undefined, {
    path: ["customer"],
    error: "cannot be given beside customerId",
  })
  .meta({ id: "AccountInput" });
export type AccountInput = z.infer<typeof AccountInput>;

/** An account that is created, or changed where there is one with the reference. */
export const AccountUpsert = z
  .strictObject({ ...ofNewAccount, externalRef: ref })
  .refine((input) => input.contact === undefined || input.contactId === undefined, contactOnce)
  .refine((input) => input.customerId !== undefined || input.parentAccountId !== undefined, {
    path: ["customerId"],
    error: "is required, unless parentAccountId is given",
  })
  .meta({ id: "AccountUpsert" });

/** A JSON merge patch over an account; what cannot change is named so that the refusal can say why. */
export const AccountPatch = z
  .strictObject({
    username: Username.optional(),
    plan: PlanCode.optional().meta({ description: "Of a parent account; its sub-accounts follow" }),
    contactId: ContactId.optional(),
    active: z.boolean().optional().meta({ description: "false: suspended; its devices may not back up" }),
    customerId: CustomerId.optional().meta({ description: "Immutable here: accounts are moved, not patched" }),
    parentAccountId: AccountId.nullish().meta({ description: "Immutable: another value is refused" }),
    externalRef: ref.nullish(),
    ...quota,
  })
  .meta({ id: "AccountPatch" });
export type AccountPatch = z.infer<typeof AccountPatch>;

/** An account as it is stored. `usedBytes` and `deviceCount` are changed by others and do not count for `version`. */
export const AccountRecord = z.object({
  id: AccountId,
  version: z.int(),
  customerId: CustomerId,
  parentAccountId: AccountId.nullable().default(null),
  /** A parent account's plan; a sub-account has its parent's. */
  plan: PlanCode.nullable().default(null),
  username: z.string(),
  externalRef: z.string().nullable().default(null),
  contactId: ContactId,
  passwordHash: z.string(),
  mustChangePassword: z.boolean(),
  active: z.boolean(),
  /** A parent account's trial; a sub-account is in trial with its parent. */
  trialEndsAt: z.string().nullable().default(null),
  /** When its trial was found to have ended: it is suspended since. */
  trialEndedAt: z.string().nullable().default(null),
  /** When it is deleted, unless it is moved to a plan that is no trial before. */
  trialDeleteAt: z.string().nullable().default(null),
  hardQuotaBytes: z.int().nullable().default(null),
  userQuotaBytes: z.int().nullable().default(null),
  usedBytes: Counter,
  deviceCount: Counter,
  detailsMailId: MailId.nullable().default(null),
  /** Licences that its devices hold and, of a parent account, those of its sub-accounts that are not deleted. */
  licencesUsed: Counter,
  /** How often its devices have drawn a licence for the first time, those that were deleted since too. */
  licencesUsedToDate: Counter,
  /** Its devices that count and, of a parent account, those of its sub-accounts that are not deleted. */
  devicesHeld: Counter,
  /** Of a parent account: counts references that its sub-accounts were given. */
  refChanges: Counter,
  /** Counts backup sets that were moved between its devices, or those of its sub-accounts, and others. */
  setMoves: Counter,
  deletedAt: z.string().nullable().default(null),
  purgeAt: z.string().nullable().default(null),
  deletionId: DeletionId.nullable().default(null),
  /** From here on it cannot be restored. */
  purgeStartedAt: z.string().nullable().default(null),
  /** The move that is putting its devices elsewhere in steps. */
  moveId: z.string().nullable().default(null),
  /** When it came from another customer. */
  arrivedAt: z.string().nullable().default(null),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type AccountRecord = z.infer<typeof AccountRecord>;

/** What is true of every account when it begins. */
export const atFirst = {
  version: 1,
  active: true,
  usedBytes: 0,
  licencesUsed: 0,
  licencesUsedToDate: 0,
  devicesHeld: 0,
  setMoves: 0,
  refChanges: 0,
  detailsMailId: null,
  trialEndedAt: null,
  trialDeleteAt: null,
  deletedAt: null,
  purgeAt: null,
  deletionId: null,
  purgeStartedAt: null,
  moveId: null,
  arrivedAt: null,
} satisfies Partial<AccountRecord>;

/** A backup account as the API shows it. */
export const Account = z
  .object({
    id: AccountId,
    version: z.int(),
    customerId: CustomerId,
    parentAccountId: AccountId.nullable(),
    plan: PlanCode,
    username: z.string(),
    externalRef: z.string().nullable(),
    contactId: ContactId,
    contact: Contact,
    mustChangePassword: z.boolean(),
    active: z.boolean(),
    state: z
      .enum(["active", "trial", "suspended", "deleted"])
      .meta({ description: "What is true of the account, its parent account and its customer together" }),
    trial: z
      .object({
        endsAt: z.string(),
        daysLeft: z.int(),
        deleteAt: z.string().nullable().meta({
          description: "Once the trial has ended: when it is deleted, unless it is moved to a paid plan before",
        }),
      })
      .nullable(),
    hardQuotaBytes: z.int().nullable(),
    userQuotaBytes: z.int().nullable(),
    effectiveQuota: z.object({
      bytes: z.int().nullable().meta({ description: "null: unrestricted" }),
      source: QuotaSource.nullable(),
    }),
    usedBytes: z.int(),
    deviceCount: z.int(),
    locale: z.string().meta({ description: "Language of the mails about it: its contact's, or else the customer's" }),
    detailsMailId: MailId.nullable().meta({ description: "The last mail with its details; see getMail" }),
    deletedAt: z.string().nullable(),
    purgeAt: z.string().nullable().meta({ description: "Until then it can be restored" }),
    deletionId: DeletionId.nullable().meta({ description: "See getDeletion" }),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "Account" });
export type Account = z.infer<typeof Account>;

/** An account with all that its rules need. */
export interface AccountStanding {
  account: AccountRecord;
  /** The parent account of a sub-account. */
  parent: AccountRecord | null;
  plans: readonly ServicePlan[];
  /** Of its customer, nearest first. */
  chain: Chain;
}

/** An account with all that its presentation needs. */
export interface AccountPlace extends AccountStanding {
  contact: ContactRecord;
}

/** The account that plan and trial come from: its own record, or its parent's. */
export const leading = ({ account, parent }: Pick<AccountStanding, "account" | "parent">): AccountRecord =>
  parent ?? account;

/** The plan that an account is on. */
export function planOfAccount(place: Pick<AccountStanding, "account" | "parent" | "plans">): ServicePlan {
  const { plan } = leading(place);
  if (plan === null) throw new Error("A parent account has a plan.");
  return planOf(place.plans, plan);
}

/** What an account is, together with its parent account (H7). The customer's own state comes on top. */
export function accountState({ account, parent }: Pick<AccountStanding, "account" | "parent">): Account["state"] {
  const both = parent ? [account, parent] : [account];
  if (both.some(({ deletedAt }) => deletedAt !== null)) return "deleted";
  if (both.some(({ active, trialEndedAt }) => !active || trialEndedAt !== null)) return "suspended";
  return (parent ?? account).trialEndsAt === null ? "active" : "trial";
}

/**
 * When an account whose trial has ended is deleted; null: it is not. Where its branch was deleted and restored it has its whole delete period
 * again from there. ISO 8601.
 */
export function trialDeletionAt({ account, chain }: Pick<AccountStanding, "account" | "chain">): string | null {
  if (account.trialDeleteAt === null) return null;
  const days = effectiveSettings(chain).trial.deleteAfterDays.value;
  const again = chain.flatMap(({ restoredAt }) =>
    restoredAt === null ? [] : [trialEndAfter(Date.parse(restoredAt), days)],
  );
  return [account.trialDeleteAt, ...again].reduce((latest, at) => (at > latest ? at : latest));
}

/** An account that may be changed: neither it nor its parent account is deleted. @throws DomainError account_deleted */
export function refuseDeleted(place: Pick<AccountPlace, "account" | "parent">): void {
  if (accountState(place) !== "deleted") return;
  const which = place.account.deletedAt === null ? "The parent account" : "The account";
  throw new DomainError("account_deleted", `${which} is deleted; restore it first.`);
}

/** The quota of an account, and where it comes from (Q2, A5). */
export function quotaOf(place: AccountStanding): { bytes: number | null; source: z.infer<typeof QuotaSource> | null } {
  const { account, chain } = place;
  const inTrial = leading(place).trialEndsAt !== null;
  return effectiveQuota({
    hardQuotaBytes: account.hardQuotaBytes,
    userQuotaBytes: account.userQuotaBytes,
    planBytes: planOfAccount(place).hardQuotaBytes,
    trialBytes: inTrial ? effectiveSettings(chain).trial.spaceBytes.value : null,
  });
}

/** Both quotas against what the customer has been allotted. @throws DomainError quota_not_allowed */
export function checkQuotas(
  {
    hardQuotaBytes,
    userQuotaBytes,
  }: { hardQuotaBytes?: number | null | undefined; userQuotaBytes?: number | null | undefined },
  chain: Chain,
): void {
  // A site lives from its end-customer's space; what lies above sells space and has no say in single accounts.
  const limits = chain
    .filter(({ level }) => level === "end-customer" || level === "site")
    .flatMap(({ spaceLimit }) => (spaceLimit === null ? [] : [spaceLimit]));
  const limit = limits.length === 0 ? null : Math.min(...limits);
  checkQuota(hardQuotaBytes, limit, "hardQuotaBytes");
  checkQuota(userQuotaBytes, limit, "userQuotaBytes");
}

/** The language of mails to a contact of a customer. */
export const localeOf = (contact: Pick<ContactRecord, "locale">, chain: Chain): string =>
  contact.locale ?? effectiveSettings(chain).locale.value;

/** The state of an account together with all that stands above it. */
export function shownState(place: Pick<AccountPlace, "account" | "parent" | "chain">): Account["state"] {
  if (deletedIn(place.chain)) return "deleted";
  const state = accountState(place);
  return state !== "deleted" && !effectivelyActive(place.chain) ? "suspended" : state;
}

/** An account as its caller sees it. */
export function presentAccount(place: AccountPlace, nowMs: number): Account {
  const { account, contact, chain } = place;
  const {
    passwordHash: _,
    trialEndsAt: __,
    trialEndedAt: ___,
    trialDeleteAt: ____,
    licencesUsed: _____,
    licencesUsedToDate: __________,
    purgeStartedAt: ______,
    moveId: _______,
    arrivedAt: ________,
    setMoves: _________,
    refChanges: ___________,
    ...shown
  } = account;
  const lead = leading(place);
  const { trialEndsAt: endsAt } = lead;
  const deleteAt = trialDeletionAt({ account: lead, chain });
  const { bytes, source } = quotaOf(place);
  return {
    ...shown,
    // What a device uses that was moved away counts here no more, before all of it has been added up.
    usedBytes: Math.max(0, account.usedBytes),
    plan: planOfAccount(place).code,
    contact: presentContact(contact),
    state: shownState(place),
    trial: endsAt === null ? null : { endsAt, daysLeft: daysLeft(endsAt, nowMs), deleteAt },
    effectiveQuota: { bytes, source },
    locale: localeOf(contact, chain),
  };
}
