import * as z from "zod";
import { displayAddress, DisplayAddress } from "../terms/addresses.ts";
import { CustomerId, MailId, SubscriptionId } from "../terms/ids.ts";
import { Figures } from "./report.ts";
import { ReportKind } from "./subscription.ts";

/** How long a run is kept, and for how long it can be read what it said. */
export const runKeptDays = 400;
export const contentKeptDays = 90;

/** What came of a report for one recipient. */
const Delivery = z.object({
  email: z.string(),
  name: z.string().nullable().default(null),
  /** queued: a mail was made; else why there is none. */
  state: z.enum(["queued", "unsubscribed", "suppressed"]),
  mailId: MailId.nullable().default(null),
});
export type Delivery = z.infer<typeof Delivery>;

/** Why a report was sent to nobody. */
export const SkipReason = z.enum(["no_recipients", "mail_disabled", "subscription_deleted", "customer_deleted"]);
export type SkipReason = z.infer<typeof SkipReason>;

/** One report of a subscription: its id is the subscription and the end of its period, so each period has one. */
export const RunRecord = z.object({
  subscriptionId: SubscriptionId,
  customerId: CustomerId,
  report: ReportKind,
  from: z.string(),
  to: z.string(),
  missed: z.int(),
  /** Somebody asked for it, beside the schedule. */
  manual: z.boolean(),
  state: z.enum(["queued", "sent", "skipped"]),
  reason: SkipReason.nullable().default(null),
  /** Where what it says is kept. */
  contentId: z.string().nullable().default(null),
  figures: Figures.nullable().default(null),
  deliveries: z.array(Delivery).default([]),
  queuedAt: z.string(),
  /** When the report was built and its mails were queued. */
  builtAt: z.string().nullable().default(null),
});
export type RunRecord = z.infer<typeof RunRecord>;

/** What became of a mail, as far as it is still known. */
export interface MailOutcome {
  state: string;
  problem: string | null;
  sentAt: string | null;
}

/** One report of a subscription as the API shows it. */
export const ReportRun = z
  .object({
    subscriptionId: SubscriptionId,
    kind: ReportKind,
    from: z.string(),
    to: z.string().meta({ description: "End of the period; with the subscription it names this report" }),
    missed: z.int().meta({ description: "Reports that should have come in this period and did not" }),
    manual: z.boolean().meta({ description: "true: somebody asked for it, beside the schedule" }),
    state: z.enum(["queued", "sent", "skipped"]).meta({
      description:
        "queued: is being built; sent: a mail was queued for each recipient that takes mail; skipped: for nobody, see `reason`",
    }),
    reason: SkipReason.nullable(),
    figures: Figures.nullable(),
    queuedAt: z.string(),
    builtAt: z.string().nullable(),
    deliveries: z.array(
      z
        .object({
          email: z.string(),
          emailDisplay: DisplayAddress,
          state: z
            .enum(["queued", "claimed", "sent", "unknown", "failed", "suppressed", "unsubscribed", "expired"])
            .meta({
              description: "That of its mail; unsubscribed: none was made; expired: the mail is not kept any more",
            }),
          reason: z.string().nullable().meta({ description: "Why it has not arrived" }),
          mailId: MailId.nullable(),
          sentAt: z.string().nullable(),
        })
        .meta({ id: "ReportDelivery" }),
    ),
  })
  .meta({ id: "ReportRun" });
export type ReportRun = z.infer<typeof ReportRun>;
type Shown = ReportRun["deliveries"][number];

const without: Record<Exclude<Delivery["state"], "queued">, string> = {
  unsubscribed: "The recipient has unsubscribed.",
  suppressed: "The address has bounced or complained, and takes no mail.",
};

/** A run as its caller sees it. `outcomes`: what became of its mails, by their ids. */
export function presentRun(run: RunRecord, outcomes: ReadonlyMap<string, MailOutcome>): ReportRun {
  const { contentId: _, customerId: __, report: kind, deliveries, ...shown } = run;
  return {
    ...shown,
    kind,
    deliveries: deliveries.map(({ email, state, mailId }): Shown => {
      const address = { email, emailDisplay: displayAddress(email), mailId };
      if (state !== "queued") return { ...address, state, reason: without[state], sentAt: null };
      const outcome = mailId === null ? undefined : outcomes.get(mailId);
      if (!outcome) return { ...address, state: "expired", reason: null, sentAt: null };
      return { ...address, state: outcome.state as Shown["state"], reason: outcome.problem, sentAt: outcome.sentAt };
    }),
  };
}
