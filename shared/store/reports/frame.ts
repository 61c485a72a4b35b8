import { attentionCounts } from "../../domain/devices/attention.ts";
import type { JobType } from "../../domain/devices/job-result.ts";
import { type Chain, devicesIn } from "../../domain/hierarchy/customer.ts";
import type { Figures, Report, ReportOf } from "../../domain/reports/report.ts";
import type { Period } from "../../domain/reports/period.ts";
import type { ReportKind } from "../../domain/reports/subscription.ts";
import type { Database } from "../table/database.ts";
import type { Item } from "../table/units.ts";

/** What is asked for. */
export interface ReportRequest {
  kind: ReportKind;
  /** Of an activity report; null: all. */
  jobTypes: readonly JobType[] | null;
  withCsv: boolean;
  period: Period;
  /** The figures of the reports before, the oldest first. */
  before: readonly Figures[];
}

/** A report, and its CSV file where one was asked for. `csv` null: none was, or it would be larger than what travels with a mail. */
export interface BuiltReport {
  report: Report;
  csv: string | null;
  csvTooLarge: boolean;
}

/** What every report begins with. */
export interface Frame {
  open: () => Database;
  chain: Chain;
  top: Item;
  request: ReportRequest;
  now: number;
}
type Common = Omit<ReportOf<"event-log">, "kind" | "events" | "rows" | "more" | "figures">;
/** What every kind of report says of itself. */
export const commonOf = ({ chain, request, now }: Frame): Common => {
  const [{ id, level, name }] = chain;
  const { period, before } = request;
  return {
    customer: { id, level, name },
    asOf: new Date(now).toISOString(),
    ...period,
    before: before.at(-1) ?? null,
    trend: before.map(({ attention }) => attention),
  };
};

/** The figures of a branch by the counters of its own record, all of them read at once. */
export function countedFigures({ chain, top }: Frame): Figures {
  const { devices: attention } = attentionCounts(top);
  const devices = devicesIn(chain);
  return figuresOf(chain, devices, attention, attention);
}
/**
 * The figures of a branch.
 * @param ofDevices those that need attention among the devices: not those that wait for approval
 */
export const figuresOf = ([top]: Chain, devices: number, attention: number, ofDevices: number): Figures => ({
  devices: Math.max(devices, ofDevices),
  protected: Math.max(0, devices - ofDevices),
  attention,
  usedBytes: Math.max(0, top.usedBytes),
  allottedBytes: top.spaceLimit,
});
