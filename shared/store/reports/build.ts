import pMap from "p-map";
import { AttentionCode, attentionCounts, worst } from "../../domain/devices/attention.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import { JobResult, JobType } from "../../domain/devices/job-result.ts";
import { type Chain, CustomerRecord, devicesIn } from "../../domain/hierarchy/customer.ts";
import { byteOrderMark, type Cell, csvLine } from "../../domain/reports/csv.ts";
import {
  type CustomerRow,
  csvAtMost,
  type DeviceRow,
  type EventRow,
  type FailureRow,
  type Figures,
  type JobRow,
  largest,
  type Report,
  type ReportOf,
  rowsAtMost,
  worstFirst,
} from "../../domain/reports/report.ts";
import type { Period } from "../../domain/reports/schedule.ts";
import type { ReportKind } from "../../domain/reports/subscription.ts";
import { logEntries } from "../hierarchy/log.ts";
import type { Database } from "../table/database.ts";
import { customerKey, jobPrefix, jobsPartition } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { branchOf } from "./branch-stream.ts";
import { devicesOf, type DeviceVisit } from "./device-stream.ts";
import { watchedDevices, type WatchPosition } from "./watchlist.ts";

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

/** Collects a CSV file as far as it may travel with a mail. */
function csvFile(wanted: boolean, header: readonly string[]) {
  const lines: string[] = [byteOrderMark + csvLine(header)];
  let size = 0;
  let tooLarge = false;
  return {
    add(cells: readonly Cell[]): void {
      if (!wanted || tooLarge) return;
      const line = csvLine(cells);
      size += Buffer.byteLength(line);
      if (size <= csvAtMost) lines.push(line);
      else {
        tooLarge = true;
        lines.length = 0;
      }
    },
    result: (): Pick<BuiltReport, "csv" | "csvTooLarge"> => ({
      csv: wanted && !tooLarge ? lines.join("") : null,
      csvTooLarge: tooLarge,
    }),
  };
}

/** What every report begins with. */
interface Frame {
  open: () => Database;
  chain: Chain;
  top: Item;
  request: ReportRequest;
  now: number;
}
type Common = Omit<ReportOf<"event-log">, "kind" | "events" | "rows" | "more" | "figures">;
const commonOf = ({ chain, request, now }: Frame): Common => {
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
function countedFigures({ chain, top }: Frame): Figures {
  const { devices: attention } = attentionCounts(top);
  const devices = devicesIn(chain);
  return figuresOf(chain, devices, attention, attention);
}
/** @param ofDevices those that need attention among the devices: not those that wait for approval */
const figuresOf = ([top]: Chain, devices: number, attention: number, ofDevices: number): Figures => ({
  devices: Math.max(devices, ofDevices),
  protected: Math.max(0, devices - ofDevices),
  attention,
  usedBytes: Math.max(0, top.usedBytes),
  allottedBytes: top.spaceLimit,
});

const rowOf = ({ device, customer }: DeviceVisit): DeviceRow => {
  const reason = worst(device.attention);
  const { name, lastSuccessAt, failuresInRow, usedBytes } = device;
  return {
    device: name,
    customer: customer.name,
    code: reason?.code ?? null,
    since: reason?.since ?? null,
    lastSuccessAt,
    failuresSinceSuccess: failuresInRow,
    usedBytes: Math.max(0, usedBytes),
  };
};
const deviceColumns = [
  "customer_id",
  "customer",
  "device_id",
  "device",
  "kind",
  "state",
  "reasons",
  "since",
  "last_success",
  "last_seen",
  "failures_since_success",
  "used_bytes",
];
const deviceCells = ({ device, customer }: DeviceVisit): Cell[] => [
  customer.id,
  customer.name,
  device.id,
  device.name,
  device.machineKind,
  device.state,
  device.attention.map(({ code }) => code).join(" "),
  worst(device.attention)?.since ?? null,
  device.lastSuccessAt,
  device.lastSeenAt,
  device.failuresInRow,
  device.usedBytes,
];

/** Counts devices and their reasons, and keeps the worst. */
function deviceTally(withCsv: boolean) {
  const rows = largest(rowsAtMost, worstFirst);
  const counts = new Map<AttentionCode, number>();
  const csv = csvFile(withCsv, deviceColumns);
  let [devices, attention, ofDevices, usedBytes] = [0, 0, 0, 0];
  const counted = ({ state }: DeviceRecord): boolean => state !== "pending";
  return {
    add(visit: DeviceVisit): void {
      const { device } = visit;
      rows.add(rowOf(visit));
      csv.add(deviceCells(visit));
      usedBytes += device.usedBytes;
      if (counted(device)) devices += 1;
      if (device.attention.length === 0) return;
      attention += 1;
      if (counted(device)) ofDevices += 1;
      for (const { code } of device.attention) counts.set(code, (counts.get(code) ?? 0) + 1);
    },
    result: () => ({
      ...rows.result(),
      reasons: AttentionCode.options.flatMap((code) => {
        const count = counts.get(code);
        return count === undefined ? [] : [{ code, count }];
      }),
      devices,
      attention,
      ofDevices,
      usedBytes,
      file: csv.result(),
    }),
  };
}

/** Devices of a watchlist that are looked at together. */
const watchPage = 200;

async function watchlist(frame: Frame): Promise<BuiltReport> {
  const { open, chain, top, request } = frame;
  const tally = deviceTally(request.withCsv);
  const counts = attentionCounts(top);
  let position: WatchPosition | null = null;
  do {
    const page = await watchedDevices(open(), chain[0], counts, null, watchPage, position);
    for (const { device, path } of page.watched) tally.add({ device, customer: path.at(-1) ?? path[0] });
    position = page.next;
  } while (position !== null);
  const { rows, more, reasons, attention, ofDevices, file } = tally.result();
  const figures = figuresOf(chain, devicesIn(chain), attention, ofDevices);
  return { report: { kind: "watchlist", ...commonOf(frame), figures, reasons, rows, more }, ...file };
}

async function consolidated(frame: Frame): Promise<BuiltReport> {
  const { open, chain, top, request } = frame;
  const tally = deviceTally(request.withCsv);
  for await (const visit of devicesOf(open, top)) tally.add(visit);
  const { rows, more, reasons, devices, attention, ofDevices, usedBytes, file } = tally.result();
  const figures = { ...figuresOf(chain, devices, attention, ofDevices), usedBytes: Math.max(0, usedBytes) };
  return { report: { kind: "consolidated", ...commonOf(frame), figures, reasons, rows, more }, ...file };
}

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

async function allCustomers(frame: Frame): Promise<BuiltReport> {
  const { open, top, request } = frame;
  const rows: CustomerRow[] = [];
  let customers = 0;
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
    if (rows.length < rowsAtMost) rows.push(row);
    customers += 1;
    csv.add([record.id, ...Object.values(row)]);
  }
  const more = customers - rows.length;
  const figures = countedFigures(frame);
  return { report: { kind: "all-customers", ...commonOf(frame), figures, customers, rows, more }, ...csv.result() };
}

/** Names of what one kind of event happened to, in a report. */
const namesAtMost = 3;

async function eventLog(frame: Frame): Promise<BuiltReport> {
  const { open, chain, request } = frame;
  const groups = new Map<string, EventRow>();
  let events = 0;
  const csv = csvFile(request.withCsv, [
    "at",
    "type",
    "node_id",
    "node",
    "actor_kind",
    "actor_id",
    "request_id",
    "reason",
  ]);
  for await (const entry of logEntries(open, chain[0].id, request.period)) {
    events += 1;
    const { at, type, node, actor, requestId, reason } = entry;
    csv.add([at, type, node.id, node.name, actor.kind, actor.id, requestId, reason]);
    const group = groups.get(type) ?? { type, count: 0, lastAt: at, names: [], actors: {} };
    groups.set(type, group);
    group.count += 1;
    group.actors[actor.kind] = (group.actors[actor.kind] ?? 0) + 1;
    if (group.names.length < namesAtMost && !group.names.includes(node.name)) group.names.push(node.name);
  }
  const all = [...groups.values()].toSorted(
    (one, other) => other.count - one.count || (one.type < other.type ? -1 : 1),
  );
  const [rows, more] = [all.slice(0, rowsAtMost), Math.max(0, all.length - rowsAtMost)];
  const figures = countedFigures(frame);
  return { report: { kind: "event-log", ...commonOf(frame), figures, events, rows, more }, ...csv.result() };
}

/** Results of jobs that are read at once, and devices whose jobs are read side by side. */
const jobsPage = 200;
const devicesAside = 16;

/** The jobs of a device of one type that began in a period, the oldest first. */
async function* jobsOf(
  open: () => Database,
  deviceId: string,
  type: JobType,
  { from, to }: Period,
): AsyncGenerator<JobResult> {
  const prefix = jobPrefix(type);
  // A job that began in the very moment in which the last report ended stands behind this text, and belongs to that report.
  let after: string | undefined = `${prefix}${from}~`;
  do {
    const page = await open().query({ pk: jobsPartition(deviceId), prefix, after, limit: jobsPage });
    for (const job of page.items.map((item) => JobResult.parse(item))) {
      if (job.startedAt > to) return;
      yield job;
    }
    after = page.last?.sk;
  } while (after !== undefined);
}

async function activity(frame: Frame): Promise<BuiltReport> {
  const { open, top, request } = frame;
  const types = request.jobTypes ?? JobType.options;
  const sums = new Map<JobType, JobRow>(
    types.map((type) => [type, { type, succeeded: 0, warning: 0, failed: 0, bytes: 0 }]),
  );
  const failures = largest<FailureRow>(rowsAtMost, (one, other) => (one.at > other.at ? -1 : 1));
  const csv = csvFile(request.withCsv, [
    "customer_id",
    "customer",
    "device_id",
    "device",
    "backup_set_id",
    "job_id",
    "type",
    "status",
    "started_at",
    "ended_at",
    "bytes",
    "files",
    "first_error",
  ]);
  const take = ({ device, customer }: DeviceVisit, job: JobResult): void => {
    const sum = sums.get(job.type);
    if (sum) {
      sum[job.status] += 1;
      sum.bytes += job.bytes;
    }
    const error = job.errors[0] ?? null;
    if (job.status === "failed")
      failures.add({ device: device.name, customer: customer.name, type: job.type, at: job.startedAt, error });
    const { backupSetId, jobId, type, status, startedAt, endedAt, bytes, files } = job;
    csv.add([
      customer.id,
      customer.name,
      device.id,
      device.name,
      backupSetId,
      jobId,
      type,
      status,
      startedAt,
      endedAt,
      bytes,
      files,
      error,
    ]);
  };
  const read = async (visit: DeviceVisit): Promise<void> => {
    for (const type of types)
      for await (const job of jobsOf(open, visit.device.id, type, request.period)) take(visit, job);
  };
  let group: DeviceVisit[] = [];
  const flush = async (): Promise<void> => {
    await pMap(group, read, { concurrency: devicesAside });
    group = [];
  };
  for await (const visit of devicesOf(open, top)) {
    group.push(visit);
    if (group.length >= devicesAside) await flush();
  }
  await flush();
  const figures = countedFigures(frame);
  const jobs = [...sums.values()].map((sum) => ({ ...sum, bytes: Math.min(sum.bytes, Number.MAX_SAFE_INTEGER) }));
  return { report: { kind: "activity", ...commonOf(frame), figures, jobs, ...failures.result() }, ...csv.result() };
}

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
