import { type Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import type { ReportKind } from "../../domain/reports/subscription.ts";
import type { Database } from "../table/database.ts";
import { customerKey } from "../table/keys.ts";
import { activity } from "./activity-report.ts";
import { allCustomers } from "./customer-report.ts";
import { consolidated, watchlist } from "./device-reports.ts";
import { eventLog } from "./event-report.ts";
import type { BuiltReport, Frame, ReportRequest } from "./frame.ts";

const builders = {
  watchlist,
  consolidated,
  "all-customers": allCustomers,
  "event-log": eventLog,
  activity,
} as const satisfies Record<ReportKind, (frame: Frame) => Promise<BuiltReport>>;

/**
 * Builds a report on a customer's branch, in memory that does not grow with the branch.
 * @param open a fresh view of the table: each page is read in one of its own
 * @param chain the customer's, nearest first
 */
export async function buildReport(
  open: () => Database,
  chain: Chain,
  request: ReportRequest,
  now: number,
): Promise<BuiltReport> {
  const top = await open().get(customerKey(chain[0].id));
  if (!top) throw new Error("The customer of the report has gone.");
  // The figures come from the very item that the rest is read beside.
  const [, ...above] = chain;
  return builders[request.kind]({ open, chain: [CustomerRecord.parse(top), ...above], top, request, now });
}
