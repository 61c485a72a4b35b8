import type { AttentionCode } from "../../domain/devices/attention.ts";
import type { JobType } from "../../domain/devices/job-result.ts";
import type { LogEntryType } from "../../domain/hierarchy/log-entry.ts";
import type { Level } from "../../domain/terms/levels.ts";
import type { ReportKind } from "../../domain/reports/subscription.ts";

/** What is said of a reason: what is wrong, and what to do about it. */
interface ReasonTexts {
  what: string;
  todo: string;
}

/** All that a report says in one language. Numbers, amounts and moments come in as they are written. */
export interface ReportTexts {
  kinds: Record<ReportKind, string>;
  /** The subject: the verdict first, since the rest is cut on a phone. */
  subject: (verdict: string, customer: string) => string;
  /** The verdict on the devices. `attention` 0: nothing is wrong. */
  devices: (attention: number, devices: number, written: { attention: string; devices: string }) => string;
  noDevices: string;
  events: (count: number, written: string) => string;
  customers: (count: number, written: string) => string;
  jobs: (failed: number, written: { failed: string; all: string }, all: number) => string;
  /** The first sentence. */
  intro: (customer: string, verdict: string) => string;
  calm: string;
  asOf: (moment: string) => string;
  period: (from: string, to: string) => string;
  missed: (count: number, written: string) => string;
  labels: {
    protected: string;
    attention: string;
    used: string;
    of: (amount: string) => string;
    unchanged: string;
    reasons: string;
    trend: string;
    devices: string;
    customers: string;
    events: string;
    jobs: string;
    failures: string;
    since: string;
    lastSuccess: string;
    never: string;
    /** `ever`: since the beginning, as none has succeeded. */
    failuresSince: (count: number, written: string, ever: boolean) => string;
    usedBytes: string;
    licences: (count: number, used: string, limit: string | null) => string;
    deviceCount: (count: number, written: string) => string;
    needAttention: (count: number, written: string) => string;
    inactive: string;
    inTrial: string;
    fine: string;
    succeeded: string;
    warning: string;
    failed: string;
    last: string;
    by: string;
  };
  more: (count: number, written: string) => string;
  attached: string;
  tooLarge: string;
  unsubscribe: string;
  why: (customer: string) => string;
  /** The page on which somebody unsubscribes. */
  page: {
    title: string;
    question: (report: string, customer: string, address: string) => string;
    button: string;
    done: (report: string, customer: string, address: string) => string;
    unknown: string;
  };
  reasons: Record<AttentionCode, ReasonTexts>;
  jobTypes: Record<JobType, string>;
  levels: Record<Level, string>;
  actors: Record<string, string>;
  eventTypes: Record<LogEntryType, string>;
}
