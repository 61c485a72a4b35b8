import * as z from "zod";
import type { Suppression } from "../accounts/contact.ts";
import { JobType } from "../devices/job-result.ts";
import { DisplayAddress, displayAddress, normaliseAddress, readAddress } from "../terms/addresses.ts";
import { DomainError } from "../terms/errors.ts";
import { CustomerId, SubscriptionId } from "../terms/ids.ts";
import { Locale } from "../terms/settings.ts";
import { line } from "../terms/text.ts";
import { canonicalZone } from "../terms/zones.ts";
import { nextTime, type Schedule } from "../terms/schedule.ts";

/** Recipients of one subscription, and subscriptions of one customer, at most. */
export const recipientsAtMost = 50;
export const subscriptionsAtMost = 100;

export const ReportKind = z.enum(["watchlist", "event-log", "all-customers", "consolidated", "activity"]).meta({
  id: "ReportKind",
  description:
    "watchlist: devices that need attention; event-log: what happened in the branch; all-customers: the customers with their licences and space; consolidated: every device with its last backup; activity: jobs by type",
});
export type ReportKind = z.infer<typeof ReportKind>;

/** Limits of all this stand in the descriptions: what breaks them is answered by 422 with each field, not by the form of the request. */
const scheduleFields = {
  frequency: z.enum(["daily", "weekly", "monthly"]),
  weekday: z.number().nullish().meta({ description: "Of a weekly report: 1 (Monday) to 7 (Sunday)" }),
  day: z
    .number()
    .nullish()
    .meta({ description: "Of a monthly report: 1 to 31; shorter months have it on their last day" }),
  hour: z.number().meta({ description: "0 to 23, in `timezone`" }),
  minute: z.number().meta({ description: "0 to 59" }),
  timezone: z
    .string()
    .max(100)
    .meta({ description: "IANA time zone", examples: ["Europe/Berlin"] }),
};
const Recipient = z
  .strictObject({ email: z.string().max(400), name: line(200).nullish() })
  .meta({ id: "RecipientInput" });
const contentFields = {
  jobTypes: z.array(JobType).nullish().meta({ description: "Of an activity report: its types of jobs; null: all" }),
  recipients: z.array(Recipient).meta({ description: `1 to ${recipientsAtMost}` }),
  locale: Locale.nullish().meta({ description: "Language; null: the customer's" }),
  attachCsv: z.boolean(),
  active: z.boolean().meta({ description: "false: nothing is sent by the schedule" }),
};

export const NewSubscription = z
  .strictObject({
    customerId: CustomerId,
    kind: ReportKind,
    ...scheduleFields,
    minute: scheduleFields.minute.default(0),
    timezone: scheduleFields.timezone.optional().meta({ description: "IANA time zone; default: the customer's" }),
    ...contentFields,
    attachCsv: contentFields.attachCsv.default(false),
    active: contentFields.active.default(true),
  })
  .meta({ id: "NewReportSubscription" });
export type NewSubscription = z.infer<typeof NewSubscription>;

/** A JSON merge patch over a subscription. */
export const SubscriptionPatch = z
  .strictObject({
    frequency: scheduleFields.frequency.optional(),
    weekday: scheduleFields.weekday,
    day: scheduleFields.day,
    hour: scheduleFields.hour.optional(),
    minute: scheduleFields.minute.optional(),
    timezone: scheduleFields.timezone.optional(),
    jobTypes: contentFields.jobTypes,
    recipients: contentFields.recipients
      .optional()
      .meta({ description: "All recipients; those who stay keep their state" }),
    locale: contentFields.locale,
    attachCsv: contentFields.attachCsv.optional(),
    active: contentFields.active.optional(),
    customerId: CustomerId.optional().meta({ description: "Immutable: another value is refused" }),
    kind: ReportKind.optional().meta({ description: "Immutable: another value is refused" }),
  })
  .meta({ id: "ReportSubscriptionPatch" });
export type SubscriptionPatch = z.infer<typeof SubscriptionPatch>;

/** A recipient as it is stored. `token` lets whoever holds it unsubscribe this recipient, and nothing else. */
const RecipientRecord = z.object({
  email: z.string(),
  name: z.string().nullable().default(null),
  token: z.string(),
  unsubscribedAt: z.string().nullable().default(null),
});
export type RecipientRecord = z.infer<typeof RecipientRecord>;

/** A subscription as it is stored. */
export const SubscriptionRecord = z.object({
  id: SubscriptionId,
  version: z.int(),
  customerId: CustomerId,
  /** `kind` in the API; in the table every item has a kind of its own. */
  report: ReportKind,
  jobTypes: z.array(JobType).nullable().default(null),
  frequency: z.enum(["daily", "weekly", "monthly"]),
  weekday: z.int().nullable().default(null),
  day: z.int().nullable().default(null),
  hour: z.int(),
  minute: z.int(),
  timezone: z.string(),
  recipients: z.array(RecipientRecord),
  locale: z.string().nullable().default(null),
  attachCsv: z.boolean(),
  active: z.boolean(),
  /** When the next report is due; null while it is not active. ISO 8601. */
  nextRunAt: z.string().nullable().default(null),
  /** Up to when the last report by the schedule told; null: there is none to go on from. */
  reportedUntil: z.string().nullable().default(null),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type SubscriptionRecord = z.infer<typeof SubscriptionRecord>;

/** A subscription as the API shows it. */
export const Subscription = z
  .object({
    id: SubscriptionId,
    version: z.int(),
    customerId: CustomerId,
    kind: ReportKind,
    jobTypes: z.array(JobType).nullable(),
    frequency: z.enum(["daily", "weekly", "monthly"]),
    weekday: z.int().nullable(),
    day: z.int().nullable(),
    hour: z.int(),
    minute: z.int(),
    timezone: z.string(),
    recipients: z.array(
      z
        .object({
          email: z.string(),
          emailDisplay: DisplayAddress,
          name: z.string().nullable(),
          state: z.enum(["active", "unsubscribed", "suppressed"]).meta({
            description: "suppressed: the address has bounced or complained, and takes no mail of any kind",
          }),
          since: z.string().nullable().meta({ description: "Since when that is so; null: active" }),
        })
        .meta({ id: "Recipient" }),
    ),
    locale: z.string().nullable(),
    attachCsv: z.boolean(),
    active: z.boolean(),
    nextRunAt: z.string().nullable().meta({ description: "When the next report is due; null while it is not active" }),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "ReportSubscription" });
export type Subscription = z.infer<typeof Subscription>;

/** Why an address takes no mail, by the address as it is compared. */
export type Suppressions = ReadonlyMap<string, z.infer<typeof Suppression>>;

/** Whether a recipient gets mail, and since when not. Whoever has unsubscribed has said so himself, whatever his address does. */
export function stateOf(
  { email, unsubscribedAt }: RecipientRecord,
  suppressions: Suppressions,
): { state: "active" | "unsubscribed" | "suppressed"; since: string | null } {
  if (unsubscribedAt !== null) return { state: "unsubscribed", since: unsubscribedAt };
  const suppression = suppressions.get(normaliseAddress(email));
  return suppression ? { state: "suppressed", since: suppression.at } : { state: "active", since: null };
}

/** A subscription as its caller sees it. */
export function presentSubscription(record: SubscriptionRecord, suppressions: Suppressions): Subscription {
  const { report: kind, reportedUntil: _, recipients, ...shown } = record;
  return {
    ...shown,
    kind,
    recipients: recipients.map((recipient) => {
      const { email, name } = recipient;
      return { email, emailDisplay: displayAddress(email), name, ...stateOf(recipient, suppressions) };
    }),
  };
}

/** What the log tells of a subscription: whom by name and address, and nothing that follows from the rest. */
export function told(record: SubscriptionRecord) {
  const { reportedUntil: _, nextRunAt: __, recipients, ...rest } = record;
  return {
    ...rest,
    recipients: recipients.map(({ email, name }) => (name === null ? email : `${name} <${email}>`)),
  };
}

type Given = Pick<NewSubscription, "frequency" | "weekday" | "day" | "hour" | "minute" | "jobTypes" | "recipients"> & {
  kind: ReportKind;
  timezone: string;
};
type Complaint = { path: string; message: string };

const whole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

const scheduleComplaints = ({ frequency, weekday, day, hour, minute, timezone }: Given): Complaint[] => [
  ...(frequency === "weekly"
    ? whole(weekday ?? Number.NaN, 1, 7)
      ? []
      : [{ path: "weekday", message: "a weekly report needs a day of the week, 1 (Monday) to 7 (Sunday)" }]
    : typeof weekday === "number"
      ? [{ path: "weekday", message: `belongs to a weekly report; this one is ${frequency}` }]
      : []),
  ...(frequency === "monthly"
    ? whole(day ?? Number.NaN, 1, 31)
      ? []
      : [{ path: "day", message: "a monthly report needs a day of the month, 1 to 31" }]
    : typeof day === "number"
      ? [{ path: "day", message: `belongs to a monthly report; this one is ${frequency}` }]
      : []),
  ...(whole(hour, 0, 23) ? [] : [{ path: "hour", message: "must be a whole number from 0 to 23" }]),
  ...(whole(minute, 0, 59) ? [] : [{ path: "minute", message: "must be a whole number from 0 to 59" }]),
  ...(canonicalZone(timezone) === undefined
    ? [{ path: "timezone", message: "must be an IANA time zone, such as Europe/Berlin" }]
    : []),
];

function recipientComplaints({ recipients }: Given): Complaint[] {
  if (recipients.length < 1 || recipients.length > recipientsAtMost)
    return [{ path: "recipients", message: `must be 1 to ${recipientsAtMost} addresses` }];
  const seen = new Set<string>();
  return recipients.flatMap(({ email }, place): Complaint[] => {
    const path = `recipients.${place}.email`;
    const read = readAddress(email);
    if ("error" in read) return [{ path, message: read.error }];
    const known = seen.has(normaliseAddress(read.address));
    seen.add(normaliseAddress(read.address));
    return known ? [{ path, message: "is there twice; each address gets one mail" }] : [];
  });
}

/** @throws DomainError invalid_subscription, with each field that is wrong */
function check(given: Given): void {
  const complaints = [
    ...scheduleComplaints(given),
    ...recipientComplaints(given),
    ...(given.jobTypes && given.kind !== "activity"
      ? [{ path: "jobTypes", message: "belongs to an activity report" }]
      : []),
    ...(given.jobTypes?.length === 0 ? [{ path: "jobTypes", message: "must name a type, or be null for all" }] : []),
  ];
  if (complaints.length > 0)
    throw new DomainError(
      "invalid_subscription",
      "The subscription is not possible; see errors.",
      complaints.map((complaint) => ({ ...complaint, code: "invalid_subscription" })),
    );
}

export const scheduleOf = ({ frequency, weekday, day, hour, minute, timezone }: SubscriptionRecord): Schedule => ({
  frequency,
  weekday,
  day,
  hour,
  minute,
  timezone,
});

/** Recipients after a change: who stays keeps token and state. */
function merged(
  before: readonly RecipientRecord[],
  given: Given["recipients"],
  newToken: () => string,
): RecipientRecord[] {
  const known = new Map(before.map((one) => [normaliseAddress(one.email), one]));
  return given.map(({ email: text, name }) => {
    const read = readAddress(text);
    const email = "address" in read ? read.address : text;
    const old = known.get(normaliseAddress(email));
    return { email, name: name ?? null, token: old?.token ?? newToken(), unsubscribedAt: old?.unsubscribedAt ?? null };
  });
}

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * A new subscription.
 * @param place its id; the zone of its customer; the clock; and what makes tokens
 * @throws DomainError invalid_subscription
 */
export function newSubscription(
  input: NewSubscription,
  place: { id: string; timezone: string; nowMs: number; newToken: () => string },
): SubscriptionRecord {
  const given = { ...input, timezone: input.timezone ?? place.timezone };
  check(given);
  const at = iso(place.nowMs);
  const record: SubscriptionRecord = {
    id: place.id,
    version: 1,
    customerId: input.customerId,
    report: input.kind,
    jobTypes: input.jobTypes ?? null,
    frequency: input.frequency,
    weekday: input.weekday ?? null,
    day: input.day ?? null,
    hour: input.hour,
    minute: input.minute,
    timezone: canonicalZone(given.timezone) ?? given.timezone,
    recipients: merged([], input.recipients, place.newToken),
    locale: input.locale ?? null,
    attachCsv: input.attachCsv,
    active: input.active,
    nextRunAt: null,
    reportedUntil: null,
    createdAt: at,
    updatedAt: at,
  };
  return { ...record, nextRunAt: record.active ? iso(nextTime(scheduleOf(record), place.nowMs)) : null };
}

/** The reports that a reseller is offered: nightly, for its own address, and switched off until somebody wants them (document 000). */
const offered = ["event-log", "watchlist", "all-customers"] as const satisfies readonly ReportKind[];
const offeredHour = 6;

/** The subscriptions that a new reseller begins with. */
export const offeredSubscriptions = (
  seller: { id: string; email: string },
  place: { newId: () => string; timezone: string; nowMs: number; newToken: () => string },
): SubscriptionRecord[] =>
  offered.map((kind) =>
    newSubscription(
      {
        customerId: seller.id,
        kind,
        frequency: "daily",
        hour: offeredHour,
        minute: 0,
        recipients: [{ email: seller.email }],
        attachCsv: false,
        active: false,
      },
      { ...place, id: place.newId() },
    ),
  );

const or = <T>(patch: T | undefined, before: T): T => (patch === undefined ? before : patch);

/**
 * A subscription after a merge patch. A report that is due already still comes, as the subscription says from now on; one that is switched on anew has
 * nothing to go on from.
 * @throws DomainError invalid_subscription | immutable
 */
export function patchedSubscription(
  before: SubscriptionRecord,
  patch: SubscriptionPatch,
  nowMs: number,
  newToken: () => string,
): SubscriptionRecord {
  for (const [path, value, now] of [
    ["customerId", patch.customerId, before.customerId],
    ["kind", patch.kind, before.report],
  ] as const)
    if (value !== undefined && value !== now)
      throw new DomainError("immutable", `A subscription keeps its ${path}.`, [
        { path, message: "cannot be changed; create another subscription", code: "immutable" },
      ]);
  const frequency = patch.frequency ?? before.frequency;
  const given = {
    kind: before.report,
    frequency,
    // What belonged to another frequency goes with it.
    weekday: or(patch.weekday, frequency === before.frequency ? before.weekday : null),
    day: or(patch.day, frequency === before.frequency ? before.day : null),
    hour: patch.hour ?? before.hour,
    minute: patch.minute ?? before.minute,
    timezone: patch.timezone ?? before.timezone,
    jobTypes: or(patch.jobTypes, before.jobTypes),
    recipients: patch.recipients ?? before.recipients.map(({ email, name }) => ({ email, name })),
  };
  check(given);
  const { kind: _, ...fields } = given;
  const after: SubscriptionRecord = {
    ...before,
    ...fields,
    timezone: canonicalZone(given.timezone) ?? given.timezone,
    weekday: given.weekday ?? null,
    day: given.day ?? null,
    jobTypes: given.jobTypes ?? null,
    recipients: merged(before.recipients, given.recipients, newToken),
    locale: or(patch.locale, before.locale) ?? null,
    attachCsv: patch.attachCsv ?? before.attachCsv,
    active: patch.active ?? before.active,
  };
  if (!after.active) return { ...after, nextRunAt: null };
  if (before.nextRunAt !== null && Date.parse(before.nextRunAt) <= nowMs) return after;
  const next = iso(nextTime(scheduleOf(after), nowMs));
  return { ...after, nextRunAt: next, reportedUntil: before.active ? after.reportedUntil : null };
}

/** A subscription once one of its recipients wants no more mail; null where the token is nobody's. The same again changes nothing. */
export function unsubscribed(before: SubscriptionRecord, token: string, nowMs: number): SubscriptionRecord | null {
  const recipient = before.recipients.find((one) => one.token === token);
  if (!recipient) return null;
  if (recipient.unsubscribedAt !== null) return before;
  const at = iso(nowMs);
  return {
    ...before,
    recipients: before.recipients.map((one) => (one === recipient ? { ...one, unsubscribedAt: at } : one)),
    version: before.version + 1,
    updatedAt: at,
  };
}
