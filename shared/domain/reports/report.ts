import * as z from "zod";
import { AttentionCode } from "../devices/attention.ts";
import { JobType } from "../devices/job-result.ts";
import { LogEntryType } from "../hierarchy/log-entry.ts";
import { Level } from "../terms/levels.ts";
import type { ReportKind } from "./subscription.ts";
import { Place } from "./watchlist.ts";

/** Rows that the table of a mail holds at most: a mail over 102 kB is cut by mail services. The CSV file has them all. */
export const rowsAtMost = 50;
/** Bytes of a CSV file that travel with a mail; a larger one is left to the API. SES takes 10 MB, in Base64. */
export const csvAtMost = 2_000_000;
/** Reports before this one whose figures are drawn beside it. */
export const trendAtMost = 14;

const count = z.int().min(0);

/** The three figures at the top, and what they are made of. */
export const Figures = z
  .object({
    devices: count.meta({ description: "Active and suspended devices of the branch" }),
    protected: count.meta({ description: "Those that need no attention" }),
    attention: count.meta({ description: "Devices that need attention, those that wait for approval among them" }),
    usedBytes: count,
    allottedBytes: count.nullable().meta({ description: "null: unrestricted" }),
  })
  .meta({ id: "ReportFigures" });
export type Figures = z.infer<typeof Figures>;

/** A device in a report. */
export const DeviceRow = z.object({
  device: z.string(),
  customer: z.string(),
  code: AttentionCode.nullable(),
  since: z.string().nullable(),
  lastSuccessAt: z.string().nullable(),
  failuresSinceSuccess: count,
  usedBytes: count,
});
export type DeviceRow = z.infer<typeof DeviceRow>;

/** A customer in a report (the table of document 002). */
export const CustomerRow = z.object({
  name: z.string(),
  level: Level,
  depth: count,
  active: z.boolean(),
  inTrial: z.boolean(),
  devices: count,
  attention: count,
  licences: count.nullable(),
  licencesUsedToDate: count,
  allottedBytes: count.nullable(),
  usedBytes: count,
});
export type CustomerRow = z.infer<typeof CustomerRow>;

/** How many names a report keeps of what one kind of event happened to. */
export const eventNamesAtMost = 3;

/** What of one kind happened in a period. */
export const EventRow = z.object({
  type: LogEntryType,
  count,
  lastAt: z.string(),
  /** Names of what it happened to, the latest first, each once, `eventNamesAtMost` at most. */
  names: z.array(z.string()),
  /** Who did it: kinds of credentials, and how often. */
  actors: z.record(z.string(), count),
});
export type EventRow = z.infer<typeof EventRow>;

/** Jobs of one type in a period. */
export const JobRow = z.object({ type: JobType, succeeded: count, warning: count, failed: count, bytes: count });
export type JobRow = z.infer<typeof JobRow>;
/** A job that failed. */
export const FailureRow = z.object({
  device: z.string(),
  customer: z.string(),
  type: JobType,
  at: z.string(),
  error: z.string().nullable(),
});
export type FailureRow = z.infer<typeof FailureRow>;

const common = {
  customer: Place.meta({ description: "Whose branch it is about" }),
  asOf: z.string().meta({ description: "When all of it was read" }),
  from: z.string().meta({ description: "Beginning of the period that it tells of" }),
  to: z.string(),
  missed: count.meta({ description: "Reports that should have come in this period and did not" }),
  figures: Figures,
  before: Figures.nullable().meta({ description: "The figures of the report before this one" }),
  trend: z.array(count).meta({ description: "Devices that needed attention in the reports before, the oldest first" }),
  more: count.meta({ description: "Rows beyond those that are listed" }),
};

/** All that a report says, before it is a mail. */
export const Report = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("watchlist"),
      ...common,
      reasons: z.array(z.object({ code: AttentionCode, count })),
      rows: z.array(DeviceRow),
    }),
    z.object({
      kind: z.literal("consolidated"),
      ...common,
      reasons: z.array(z.object({ code: AttentionCode, count })),
      rows: z.array(DeviceRow),
    }),
    z.object({
      kind: z.literal("all-customers"),
      ...common,
      customers: count.meta({
        description: "Customers below the one that the report is of, without a Default Customer that holds nothing",
      }),
      rows: z.array(CustomerRow),
    }),
    z.object({ kind: z.literal("event-log"), ...common, events: count, rows: z.array(EventRow) }),
    z.object({
      kind: z.literal("activity"),
      ...common,
      jobs: z.array(JobRow),
      rows: z.array(FailureRow),
    }),
  ])
  .meta({ id: "Report" });
export type Report = z.infer<typeof Report>;
export type ReportOf<Kind extends ReportKind> = Extract<Report, { kind: Kind }>;

/** The largest of many values by an order, seen one after the other: memory for so many and no more. */
export function largest<T>(atMost: number, compare: (one: T, other: T) => number) {
  let kept: T[] = [];
  let seen = 0;
  return {
    add(value: T): void {
      seen += 1;
      kept.push(value);
      // Sorted now and then rather than each time.
      if (kept.length >= atMost * 4) kept = kept.toSorted(compare).slice(0, atMost);
    },
    /** Those that come first, in order, and how many there are beside them. */
    result(): { rows: T[]; more: number } {
      const rows = kept.toSorted(compare).slice(0, atMost);
      return { rows, more: seen - rows.length };
    },
  };
}

const text = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
const rank = ({ code }: DeviceRow): number =>
  code === null ? AttentionCode.options.length : AttentionCode.options.indexOf(code);
/** Devices, the worst reason first, then the one that has held for longest. */
export const worstFirst = (one: DeviceRow, other: DeviceRow): number =>
  rank(one) - rank(other) ||
  text(one.since ?? "~", other.since ?? "~") ||
  text(one.customer, other.customer) ||
  text(one.device, other.device);
