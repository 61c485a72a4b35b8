import { lookOf, type MailLook } from "../../domain/mail/mail.ts";
import { DomainError, refuse } from "../../domain/terms/errors.ts";
import { effectiveSettings } from "../../domain/terms/settings.ts";
import { trendAtMost } from "../../domain/reports/report.ts";
import { type MailOutcome, presentRun, type ReportRun } from "../../domain/reports/run.ts";
import type { Period } from "../../domain/reports/period.ts";
import { lastTime, nextTime } from "../../domain/terms/schedule.ts";
import { scheduleOf, stateOf, type SubscriptionRecord } from "../../domain/reports/subscription.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { logWrite } from "../hierarchy/log.ts";
import { checkMayMail, readMail } from "../mail/outbox.ts";
import { mailKey, runKey, runsPartition } from "../table/keys.ts";
import type { Write } from "../table/writes.ts";
import { buildReport } from "./build.ts";
import { readContent, type ReportContent } from "./content.ts";
import { figuresBefore, orderRun, readRun } from "./runs.ts";
import { subscriptionStore, suppressionsOf } from "./subscriptions.ts";

/** Reports of one page at most: each may have fifty mails to look up. */
const runsOfPage = 20;

/** Milliseconds that a preview may take to build; a request ends after 28 seconds. A report that is sent has all the time that it needs. */
const previewMs = 20_000;

/** What past periods are known of: what happened is on record, how things stood is not. */
const isHistory = ({ report }: SubscriptionRecord): boolean => report === "event-log" || report === "activity";

/**
 * The period that ends at a moment, as a report by the schedule would have it. Between two times of the schedule it begins with the end of the last report. If
 * there was none, it holds at least one whole period: a daily report of 06:00 that is previewed for the first time at 08:00 tells of 26 hours, not of two.
 */
const periodTo = (subscription: SubscriptionRecord, to: string): Period => {
  const schedule = scheduleOf(subscription);
  const last = lastTime(schedule, Date.parse(to));
  const isInTurn = nextTime(schedule, last) === Date.parse(to);
  const before = new Date(isInTurn ? last : lastTime(schedule, last)).toISOString();
  const { reportedUntil } = subscription;
  return {
    from: reportedUntil !== null && reportedUntil < to && reportedUntil > before ? reportedUntil : before,
    to,
    missed: 0,
  };
};

/** The reports of the caller's branch. */
export const reportStore = (context: StoreContext) => {
  const { db } = context;
  const subscriptions = subscriptionStore(context);
  const open = () => db.fresh();

  return {
    /**
     * A report as it would be now, or as the one that ended at a moment said.
     * @throws DomainError not_found | not_applicable | report_too_large: building it would take longer than a request may
     */
    async preview(id: string, at: string | undefined): Promise<{ content: ReportContent; look: MailLook }> {
      const until = performance.now() + previewMs;
      const openInTime = () => {
        if (performance.now() <= until) return open();
        throw new DomainError(
          "report_too_large",
          "The branch is too large to build its report within one request. Send the report, or preview a smaller branch.",
        );
      };
      const { subscription, chain } = await subscriptions.load(id);
      const locale = subscription.locale ?? effectiveSettings(chain).locale.value;
      const look = { ...lookOf(chain, locale), timezone: subscription.timezone };
      const now = new Date(context.now()).toISOString();
      const to = at ?? now;
      const item = at === undefined ? undefined : await db.get(runKey(id, to));
      const contentId = item ? readRun(item).contentId : null;
      const kept = contentId === null ? null : await readContent(open(), contentId);
      if (kept) return { content: kept, look };
      if (at !== undefined && !isHistory(subscription))
        throw refuse(
          "not_applicable",
          "to",
          "How things stood then is not on record: no report ended at that moment, or it is not kept any more.",
        );
      const before = await figuresBefore(open(), id, to, trendAtMost);
      const { report: kind, jobTypes, attachCsv: withCsv } = subscription;
      const request = { kind, jobTypes, withCsv, period: periodTo(subscription, to), before };
      return { content: await buildReport(openInTime, chain, request, context.now()), look };
    },

    /** The write that orders a report now, beside the schedule. @throws DomainError not_found | mail_disabled | not_applicable */
    async order(id: string): Promise<{ run: ReportRun; writes: Write[] }> {
      const { subscription, chain } = await subscriptions.loadLive(id);
      checkMayMail(context, chain, null, "");
      const suppressions = await suppressionsOf(db, [subscription]);
      const takes = subscription.recipients.some((one) => stateOf(one, suppressions).state === "active");
      if (!takes) throw new DomainError("not_applicable", "None of the recipients takes mail; see their states.");
      const now = context.now();
      const write = orderRun(subscription, periodTo(subscription, new Date(now).toISOString()), true, now);
      const log = logWrite(context, chain, {
        type: "ReportQueued",
        node: { id, level: null, name: subscription.report },
        changes: [{ path: "to", before: null, after: readRun(write.item).to }],
      });
      return { run: presentRun(readRun(write.item), new Map()), writes: [write, log] };
    },

    /** A page of the reports of a subscription, newest first. @throws DomainError not_found */
    async list(id: string, limit: number, after: string | null): Promise<{ runs: ReportRun[]; next: string | null }> {
      const most = Math.min(limit, runsOfPage);
      const [, { items }] = await Promise.all([
        subscriptions.load(id),
        db.query({ pk: runsPartition(id), after: after ?? undefined, limit: most + 1, newestFirst: true }),
      ]);
      const runs = items.slice(0, most).map(readRun);
      const ids = runs.flatMap(({ deliveries }) =>
        deliveries.flatMap(({ mailId }) => (mailId === null ? [] : [mailId])),
      );
      const mails = await db.getAll(ids.map(mailKey));
      const outcomes = new Map(
        mails.flatMap((item): [string, MailOutcome][] => {
          if (!item) return [];
          const { id: mailId, state, problem, sentAt } = readMail(item);
          return [[mailId, { state, problem, sentAt }]];
        }),
      );
      return {
        runs: runs.map((run) => presentRun(run, outcomes)),
        next: items.length > most ? (runs.at(-1)?.to ?? null) : null,
      };
    },
    now: (): number => context.now(),
  };
};
