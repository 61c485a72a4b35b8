import { attentionCounts } from "../../domain/devices/attention.ts";
import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { type CustomerRow, rowsAtMost } from "../../domain/reports/report.ts";
import type { Item } from "../table/units.ts";
import { branchOf } from "./branch-stream.ts";
import { csvFile } from "./csv-file.ts";
import { type BuiltReport, commonOf, countedFigures, type Frame } from "./frame.ts";

const customerRow = (item: Item, record: CustomerRecord, depth: number): CustomerRow => ({
  name: record.name,
  level: record.level,
  depth,
  active: record.active,
  inTrial: record.trialEndsAt !== null,
  devices: Math.max(0, record.deviceCount),
  attention: attentionCounts(item).devices,
  licences: record.licenceLimit,
  licencesUsedToDate: Math.max(0, record.licencesUsedToDate),
  allottedBytes: record.spaceLimit,
  usedBytes: Math.max(0, record.usedBytes),
});

/** A Default Customer that nobody has put anything into: every reseller has one, and it says nothing. */
const isEmptyDefault = ({ isDefault }: CustomerRecord, row: CustomerRow): boolean =>
  isDefault &&
  [row.devices, row.usedBytes, row.licencesUsedToDate].every((figure) => figure === 0) &&
  [row.allottedBytes, row.licences].every((limit) => limit === null);

/** The table of all customers of a branch, with its top in the first row. Those below the top are counted. */
export async function allCustomers(frame: Frame): Promise<BuiltReport> {
  const { open, top, request } = frame;
  const rows: CustomerRow[] = [];
  let [listed, customers] = [0, 0];
  const csv = csvFile(request.withCsv, [
    "customer_id",
    "customer",
    "level",
    "depth",
    "active",
    "in_trial",
    "devices",
    "devices_need_attention",
    "licences",
    "licences_used_to_date",
    "allotted_bytes",
    "used_bytes",
  ]);
  for await (const { item, record, depth } of branchOf(open, top, () => Promise.resolve(null))) {
    const row = customerRow(item, record, depth);
    if (isEmptyDefault(record, row)) continue;
    if (rows.length < rowsAtMost) rows.push(row);
    listed += 1;
    if (depth > 0) customers += 1;
    csv.add([record.id, ...Object.values(row)]);
  }
  const more = listed - rows.length;
  const figures = countedFigures(frame);
  return { report: { kind: "all-customers", ...commonOf(frame), figures, customers, rows, more }, ...csv.result() };
}
