import { DeviceKind } from "../devices/device.ts";
import { byteOrderMark, csvLine } from "../reports/csv.ts";
import type { UsageRow } from "./ledger-day.ts";

const kinds = DeviceKind.options;
const columns = [
  "period",
  "days",
  "missingDays",
  "chargedDays",
  "averageBytes",
  "endBytes",
  "peakBytes",
  ...kinds.map((kind) => `${kind}s`),
  "licences",
  "accounts",
  "branchBytes",
  "branchDevices",
  "branchAttention",
];

/** What a customer used as a CSV file: a row for each day or month. Accounts stand in one cell, as `plan: number`. */
export const usageCsv = (rows: readonly UsageRow[]): string =>
  byteOrderMark + [columns, ...rows.map(cellsOf)].map((cells) => csvLine(cells)).join("");

const cellsOf = (row: UsageRow) => [
  row.period,
  row.days,
  row.missingDays,
  row.chargedDays,
  row.averageBytes,
  row.endBytes,
  row.peakBytes,
  ...kinds.map((kind) => row.devices[kind] ?? 0),
  row.licences,
  Object.entries(row.accounts)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([plan, number]) => `${plan}: ${number}`)
    .join(", "),
  row.branch.usedBytes,
  row.branch.devices,
  row.branch.attention,
];
