import * as z from "zod";
import { LogEntryType } from "../hierarchy/log-entry.ts";
import { DisplayAddress, displayAddress } from "../terms/addresses.ts";
import { AccountId, ContactId, CustomerId, InvoiceId, MailId } from "../terms/ids.ts";
import { StorageLocation } from "../terms/locations.ts";
import { effectiveSettings, type SettingsHolder } from "../terms/settings.ts";

/** How a mail looks and in which language it speaks: what the levels above the recipient have set (R1). */
export const MailLook = z.object({
  senderName: z.string(),
  /** BCP 47: `de`, `en-GB`. A language without texts falls back to the language alone, then to English. */
  locale: z.string(),
  /** IANA name; dates are told in it. */
  timezone: z.string(),
  logoUrl: z.string().nullable(),
  color: z.string().nullable(),
  supportUrl: z.string().nullable(),
  setupUrl: z.string().nullable(),
});
export type MailLook = z.infer<typeof MailLook>;

/** How mails to somebody of a customer look. `chain` is the customer's, nearest first. */
export function lookOf(chain: readonly SettingsHolder[], locale: string): MailLook {
  const { mail, branding, timezone } = effectiveSettings(chain);
  return {
    senderName: mail.senderName.value,
    locale,
    timezone: timezone.value,
    logoUrl: branding.value?.logoUrl ?? null,
    color: branding.value?.color ?? null,
    supportUrl: branding.value?.supportUrl ?? null,
    setupUrl: mail.setupUrl.value,
  };
}

/** What a mail tells of an account. */
const AccountFacts = z.object({
  username: z.string(),
  planName: z.string(),
  /** Effective quota in bytes; null: unrestricted. */
  quotaBytes: z.number().nullable(),
  trialEndsAt: z.string().nullable(),
});
export type AccountFacts = z.infer<typeof AccountFacts>;

/** Who reads of a customer's trial: the customer itself, or the one that sells to it. */
const TrialAudience = z.enum(["customer", "seller"]);

/** A limit that is almost or wholly used up. */
export const LimitAlert = z.object({
  /** Whose limit it is. */
  customer: z.string(),
  /** User name of the account whose quota it is; null: a limit of the customer itself. */
  account: z.string().nullable(),
  what: z.enum(["space", "softSpace", "licences", "devices", "quota"]),
  /** Share that was reached; null: the soft limit. */
  percent: z.int().nullable(),
  limit: z.number(),
  used: z.number(),
});

/** What a mail is about, as the outbox keeps it. A secret is not among it; it travels sealed, beside. */
export const MailMatter = z.discriminatedUnion("template", [
  z.object({
    template: z.literal("account-details"),
    recipient: z.string(),
    customer: z.string(),
    account: AccountFacts,
    storage: StorageLocation,
    /** temporary: the mail carries one, to be changed at first use; known: the recipient has it, or gets it another way. */
    password: z.enum(["temporary", "known"]),
  }),
  z.object({
    template: z.literal("password-reset"),
    recipient: z.string(),
    customer: z.string(),
    account: AccountFacts,
  }),
  z.object({
    template: z.literal("access-link"),
    /** What the link is for: the first password of a user who was invited, or another one. */
    purpose: z.enum(["invitation", "password"]),
    recipient: z.string(),
    customer: z.string(),
    username: z.string(),
    /** The page that the code is for; null: the installation has no address of its own. */
    pageUrl: z.string().nullable(),
    expiresAt: z.string(),
  }),
  z.object({
    template: z.literal("access-recovered"),
    recipient: z.string(),
    customer: z.string(),
    at: z.string(),
    reason: z.string(),
  }),
  z.object({
    template: z.literal("reactivation-requested"),
    recipient: z.string(),
    /** Who asks. */
    customer: z.string(),
    /** Who is deactivated: the customer itself, or a level above it. */
    deactivated: z.enum(["itself", "above"]),
  }),
  z.object({
    template: z.literal("customer-details"),
    recipient: z.string(),
    customer: z.string(),
    storage: StorageLocation,
    accounts: z.array(AccountFacts),
    /** Accounts beyond those that are listed. */
    more: z.int().min(0),
  }),
  z.object({
    template: z.literal("trial-notice"),
    audience: TrialAudience,
    recipient: z.string(),
    customer: z.string(),
    /** When production begins by itself, and with it what is invoiced (L1). */
    endsAt: z.string(),
    /** Begun days until then, when the mail was queued. */
    daysLeft: z.int().min(1),
  }),
  z.object({
    template: z.literal("trial-ended"),
    audience: TrialAudience,
    recipient: z.string(),
    customer: z.string(),
    /** Since when the customer is in production. */
    endedAt: z.string(),
    /** Somebody ended it ahead of its time. */
    early: z.boolean(),
  }),
  z.object({
    template: z.literal("account-trial-ended"),
    recipient: z.string(),
    customer: z.string(),
    account: AccountFacts,
    /** Since when the account is suspended. */
    endedAt: z.string(),
    /** When it is deleted, unless it is moved to a paid plan before (L2). */
    deleteAt: z.string(),
  }),
  z.object({
    template: z.literal("account-trial-deleted"),
    recipient: z.string(),
    customer: z.string(),
    account: AccountFacts,
    deletedAt: z.string(),
    /** Until when it can be restored; then its data are removed. */
    purgeAt: z.string(),
  }),
  z.object({
    template: z.literal("limits"),
    audience: z.enum(["owner", "seller"]),
    recipient: z.string(),
    customer: z.string(),
    alerts: z.array(LimitAlert),
    /** Alerts beyond those that are listed. */
    more: z.int().min(0),
    /** Of a day, and of several customers. */
    digest: z.boolean(),
  }),
  z.object({
    template: z.literal("customers-moved"),
    recipient: z.string(),
    /** Who sells, or has sold, to them. */
    customer: z.string(),
    /** Names. */
    arrived: z.array(z.string()),
    left: z.array(z.string()),
    /** Moves beyond those that are listed. */
    more: z.int().min(0),
  }),
  z.object({
    template: z.literal("events"),
    recipient: z.string(),
    customer: z.string(),
    /** The event handler that has heard them. */
    handler: z.string(),
    events: z.array(
      z.object({
        type: LogEntryType,
        node: z.string(),
        at: z.string(),
        /** Share of a limit that was reached. */
        percent: z.int().nullable(),
      }),
    ),
    /** Events beyond those that are listed. */
    more: z.int().min(0),
  }),
  z.object({
    template: z.literal("event-handler-disabled"),
    recipient: z.string(),
    customer: z.string(),
    handler: z.string(),
    reason: z.enum(["failing", "gone"]),
  }),
  z.object({
    template: z.literal("invoice"),
    recipient: z.string(),
    /** Who issues it. */
    customer: z.string(),
    /** Its file is kept apart. */
    invoiceId: InvoiceId,
    number: z.string(),
    of: z.enum(["invoice", "credit-note"]),
    /** Of a credit note: the number of the invoice that it makes void. */
    credits: z.string().nullable(),
    period: z.object({ from: z.string(), to: z.string() }),
    /** A decimal number of the currency: 12.50. */
    total: z.string(),
    currency: z.string(),
    /** A day of the calendar. */
    dueOn: z.string().nullable(),
  }),
  z.object({
    template: z.literal("report"),
    recipient: z.string(),
    customer: z.string(),
    /** What the report says is kept apart, once for all its recipients. */
    contentId: z.string(),
    /** Where its recipient can say that he wants no more; null: the installation has no address of its own. */
    unsubscribeUrl: z.string().nullable(),
  }),
]);
export type MailMatter = z.infer<typeof MailMatter>;
/** What a mail of one template is about. */
export type MatterOf<Template extends MailMatter["template"]> = Extract<MailMatter, { template: Template }>;

/** A mail as its recipient reads it. */
export const MailContent = z.object({ subject: z.string(), text: z.string(), html: z.string() });
export type MailContent = z.infer<typeof MailContent>;

/** Whom a mail goes to, as the API shows it. */
const Recipient = z.object({
  name: z.string(),
  address: z.string().meta({ description: "The address that the mail goes to; its domain in ASCII" }),
  addressDisplay: DisplayAddress,
});
export const presentRecipient = (to: { name: string; address: string }): z.infer<typeof Recipient> => ({
  ...to,
  addressDisplay: displayAddress(to.address),
});

/** A preview of a mail: what it will say, but for a password that is made when it is sent. */
export const MailPreview = z
  .object({
    to: Recipient,
    language: z.string(),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
  })
  .meta({ id: "MailPreview" });

/** A mail on its way, as the API shows it. */
export const Mail = z
  .object({
    id: MailId,
    customerId: CustomerId,
    accountId: AccountId.nullable(),
    contactId: ContactId.nullable(),
    template: z.enum(MailMatter.options.map(({ shape }) => shape.template.value)),
    to: Recipient,
    state: z.enum(["queued", "claimed", "sent", "unknown", "failed", "suppressed"]).meta({
      description:
        "queued: waits for its turn or another try; claimed: being sent; unknown: the answer was lost, and what became of it is being found out; suppressed: the address takes no mail",
    }),
    attempts: z.int(),
    queuedAt: z.string(),
    sentAt: z.string().nullable(),
    nextAttemptAt: z.string().nullable(),
    problem: z.string().nullable().meta({ description: "What was in the way the last time" }),
  })
  .meta({ id: "Mail" });
