import { readdirSync } from "node:fs";
import path from "node:path";
import { storageLocations } from "../../shared/domain/terms/locations.ts";
import type { AccountFacts, MailLook, MailMatter } from "../../shared/domain/mail/mail.ts";

/** Every language there is, by its file. */
export const languages = readdirSync(path.resolve(import.meta.dirname, "../../shared/mail/languages"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => path.basename(file, ".ts"));

export const location = (code: string) => storageLocations.find((place) => place.code === code)!;

export const look: MailLook = {
  senderName: "Nordlicht Backup",
  locale: "en",
  timezone: "Europe/Berlin",
  logoUrl: "https://nordlicht.example/logo.png",
  color: "#336699",
  supportUrl: "https://nordlicht.example/help",
  setupUrl: "https://nordlicht.example/setup",
};

export const plainLook: MailLook = { ...look, logoUrl: null, color: null, supportUrl: null, setupUrl: null };

export const account: AccountFacts = {
  username: "erika.mustermann",
  planName: "Office 500",
  quotaBytes: 1.5 * 1024 ** 3,
  trialEndsAt: "2026-08-31T12:00:00.000Z",
};

const common = { recipient: "Erika Mustermann", customer: "Mustermann GmbH" };

export const accountDetails = {
  template: "account-details",
  ...common,
  account,
  storage: location("DE"),
  password: "temporary",
} as const satisfies MailMatter;

export const passwordReset = { template: "password-reset", ...common, account } as const satisfies MailMatter;

export const accessLink = {
  template: "access-link",
  purpose: "invitation",
  ...common,
  username: "erika.mustermann",
  pageUrl: "https://console.nordlicht.example/invitation",
  expiresAt: "2026-08-31T12:00:00.000Z",
} as const satisfies MailMatter;

export const accessRecovered = {
  template: "access-recovered",
  ...common,
  at: "2026-08-31T12:00:00.000Z",
  reason: "The last administrator has left",
} as const satisfies MailMatter;

export const reactivationRequested = {
  template: "reactivation-requested",
  ...common,
  deactivated: "itself",
} as const satisfies MailMatter;

export const customerDetails = {
  template: "customer-details",
  ...common,
  storage: location("DE"),
  accounts: [account, { ...account, username: "max", quotaBytes: null, trialEndsAt: null }],
  more: 3,
} as const satisfies MailMatter;

export const trialNotice = {
  template: "trial-notice",
  audience: "customer",
  ...common,
  endsAt: "2026-08-31T12:00:00.000Z",
  daysLeft: 3,
} as const satisfies MailMatter;

export const trialEnded = {
  template: "trial-ended",
  audience: "customer",
  ...common,
  endedAt: "2026-08-31T12:00:00.000Z",
  early: false,
} as const satisfies MailMatter;

export const accountTrialEnded = {
  template: "account-trial-ended",
  ...common,
  account,
  endedAt: "2026-08-31T12:00:00.000Z",
  deleteAt: "2026-09-30T12:00:00.000Z",
} as const satisfies MailMatter;

export const accountTrialDeleted = {
  template: "account-trial-deleted",
  ...common,
  account,
  deletedAt: "2026-09-30T12:00:00.000Z",
  purgeAt: "2026-10-30T12:00:00.000Z",
} as const satisfies MailMatter;

const alert = {
  customer: "Muster AG",
  account: null,
  what: "space",
  percent: 90,
  limit: 2 ** 40,
  used: 2 ** 40,
} as const;
export const invoiceMatter = {
  template: "invoice",
  recipient: "Gasthof Post",
  customer: "Backup Großhandel",
  invoiceId: "inv_01JZX0N4Y8M1Q2R3S4T5V6W7X8",
  number: "RE-2026-00042",
  of: "invoice",
  credits: null,
  period: { from: "2026-11-01", to: "2026-11-30" },
  total: "1234.50",
  currency: "EUR",
  dueOn: "2026-12-15",
} as const satisfies MailMatter;
export const creditMatter = {
  ...invoiceMatter,
  number: "RE-2026-00043",
  of: "credit-note",
  credits: "RE-2026-00042",
  dueOn: null,
} as const satisfies MailMatter;

export const customersMoved = {
  template: "customers-moved",
  recipient: "Ann",
  customer: "Havel IT",
  arrived: ["Kanzlei Voss"],
  left: ["Kanzlei Orth", "Kanzlei Pohl"],
  more: 0,
} satisfies MailMatter;

export const events = {
  template: "events",
  ...common,
  handler: "Tickets",
  events: [
    { type: "DeviceSuspended", node: "laptop-7", at: "2026-08-31T12:00:00.000Z", percent: null },
    { type: "ThresholdCrossed", node: "Muster AG", at: "2026-08-31T12:01:00.000Z", percent: 90 },
  ],
  more: 0,
} satisfies MailMatter;

export const eventHandlerDisabled = {
  template: "event-handler-disabled",
  ...common,
  handler: "Tickets",
  reason: "failing",
} satisfies MailMatter;

export const limits = {
  template: "limits",
  audience: "owner",
  ...common,
  alerts: [alert, { ...alert, what: "licences", percent: 100, limit: 20, used: 20 }],
  more: 0,
  digest: false,
} as const satisfies MailMatter;

/** Every template, in all its forms. */
export const matters: Record<string, MailMatter> = {
  "account-details": accountDetails,
  "account-details, password known": { ...accountDetails, password: "known" },
  "account-details, data in another country": { ...accountDetails, storage: location("BE") },
  "account-details, unrestricted and no trial": {
    ...accountDetails,
    account: { ...account, quotaBytes: null, trialEndsAt: null },
  },
  "password-reset": passwordReset,
  "access-link": accessLink,
  "access-recovered": accessRecovered,
  "access-link, another password": { ...accessLink, purpose: "password" },
  "access-link, no address": { ...accessLink, pageUrl: null },
  "reactivation-requested": reactivationRequested,
  "reactivation-requested, a level above": { ...reactivationRequested, deactivated: "above" },
  "customer-details": customerDetails,
  "customer-details, no accounts": { ...customerDetails, accounts: [], more: 0 },
  "customer-details, data in another country": { ...customerDetails, storage: location("BE"), more: 1 },
  "trial-notice": trialNotice,
  "trial-notice, one day": { ...trialNotice, daysLeft: 1 },
  "trial-notice to the seller": { ...trialNotice, audience: "seller" },
  "trial-notice to the seller, one day": { ...trialNotice, audience: "seller", daysLeft: 1 },
  "trial-ended": trialEnded,
  "trial-ended, early": { ...trialEnded, early: true },
  "trial-ended to the seller": { ...trialEnded, audience: "seller" },
  "trial-ended to the seller, early": { ...trialEnded, audience: "seller", early: true },
  "account-trial-ended": accountTrialEnded,
  "account-trial-deleted": accountTrialDeleted,
  invoice: invoiceMatter,
  "invoice, a credit note": creditMatter,
  "customers-moved": customersMoved,
  "customers-moved, one that came": { ...customersMoved, left: [] },
  "customers-moved, many that left": { ...customersMoved, arrived: [], more: 38 },
  events,
  "events, one": { ...events, events: events.events.slice(0, 1) },
  "events, many": { ...events, more: 300 },
  "event-handler-disabled": eventHandlerDisabled,
  "event-handler-disabled, gone": { ...eventHandlerDisabled, reason: "gone" },
  limits,
  "limits to the seller": { ...limits, audience: "seller" },
  "limits, a quota": { ...limits, alerts: [{ ...alert, what: "quota", account: "max.muster", percent: 80 }] },
  "limits, a soft limit": { ...limits, alerts: [{ ...alert, what: "softSpace", percent: null }] },
  "limits, a digest": { ...limits, audience: "seller", digest: true, more: 12 },
  "limits, a digest of one": { ...limits, audience: "seller", digest: true, alerts: [alert] },
};
