import { type AttentionChanges, changesAttention, withAttention } from "../../domain/devices/attention.ts";
import { type DeviceRecord } from "../../domain/devices/device.ts";
import { afterBackup, isDueWithReport, seenSince } from "../../domain/devices/looks.ts";
import { type JobReport, type JobResult, keptDays } from "../../domain/devices/job-result.ts";
import { watchRules } from "../../domain/terms/settings.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import { deviceKey, jobGuardKey, jobKey, pointerKey } from "../table/keys.ts";
import { timerPut } from "../table/timers.ts";
import { type Condition, insert, type Update, type Write } from "../table/writes.ts";
import { deviceLinks } from "./device-records.ts";

/** What a report of any kind says of a computer: it is there, so it is not missing, and has not become another device. */
function attentionAfter(device: DeviceRecord, said: AttentionChanges, at: string): DeviceRecord["attention"] {
  const changes: AttentionChanges = { ...said, not_seen: false, possible_duplicate: false };
  return changesAttention(device.attention, changes) ? withAttention(device.attention, changes, at) : device.attention;
}
const seen = (device: DeviceRecord, now: number) => {
  const since = seenSince(device, now);
  return { lastSeenAt: new Date(now).toISOString(), ...(since !== device.seenSince && { seenSince: since }) };
};
/** The write that has a device looked at where a report makes it overdue. */
const lookNow = (before: DeviceRecord, after: DeviceRecord, chain: Chain): Write[] =>
  isDueWithReport(before, after, watchRules(chain))
    ? [timerPut(pointerKey(after.id).pk, "attention", after.lastSeenAt ?? after.updatedAt)]
    : [];
/** What a report came from: the device as it was read, with all above it. */
export interface Reporter {
  device: DeviceRecord;
  chain: Chain;
}

/** Conditions on which attention changes: the links to it are worked out from the record that was read. */
const asRead = ({ version, lastSeenAt }: DeviceRecord): Condition[] => [
  { attribute: "version", is: version },
  { attribute: "lastSeenAt", is: lastSeenAt },
];

/** Writes of a job's result: for the lists of the device and of the set, and what it says of the device. */
export function insertJob(
  { device, chain }: Reporter,
  report: JobReport,
  now: number,
): { job: JobResult; writes: Write[] } {
  const { id, customerId, accountId } = device;
  const reportedAt = new Date(now).toISOString();
  const job: JobResult = { ...report, deviceId: id, reportedAt };
  const expiresAt = Math.ceil((now + keptDays * dayMs) / 1000);
  const item = { kind: "job", ...job, expiresAt };
  // A result that is told late says nothing of how things stand since.
  const isBackup =
    report.type === "backup" && Date.parse(report.endedAt) >= Date.parse(device.lastBackupAt ?? report.endedAt);
  const failed = report.status === "failed";
  const failuresInRow = !isBackup ? device.failuresInRow : failed ? device.failuresInRow + 1 : 0;
  const attention = attentionAfter(
    device,
    isBackup ? afterBackup(failed, report.status === "warning", failuresInRow) : {},
    reportedAt,
  );
  const endedAt = new Date(report.endedAt).toISOString();
  const success = report.type === "backup" && report.status !== "failed" && (device.lastSuccessAt ?? "") < endedAt;
  const sight = seen(device, now);
  const after = { ...device, ...sight, ...(success && { lastSuccessAt: endedAt }), attention };
  const update: Update = {
    kind: "update",
    key: deviceKey(customerId, accountId, id),
    set: {
      ...sight,
      ...(failuresInRow !== device.failuresInRow && { failuresInRow }),
      ...(isBackup && { lastBackupAt: endedAt }),
      ...(success && { lastSuccessAt: endedAt }),
      ...(success && device.firstSuccessAt === null && { firstSuccessAt: endedAt }),
      ...(attention !== device.attention && { attention }),
    },
    add: {},
    when: asRead(device),
  };
  return {
    job,
    writes: [
      insert(jobGuardKey(id, report.jobId), { ...item, kind: "job-guard" }),
      insert(jobKey(id, report.type, report.startedAt, report.jobId), item),
      insert(jobKey(report.backupSetId, report.type, report.startedAt, report.jobId), item),
      update,
      ...deviceLinks(device, after),
      ...lookNow(device, after, chain),
    ],
  };
}

/** What an agent says when it reports usage. */
export interface UsageReport {
  usedBytes: number;
  measuredAt: string;
  agentVersion: string | null;
  reportedLocation: DeviceRecord["reportedLocation"];
  /** What the report says of the account's quota and the backup software. */
  attention: AttentionChanges;
}

/** The writes that take in what the device uses; what it adds up to above follows by the stream. */
export function saveUsage({ device, chain }: Reporter, report: UsageReport, now: number): Write[] {
  const heardAt = new Date(now).toISOString();
  const { usedBytes, measuredAt, agentVersion, reportedLocation } = report;
  const attention = attentionAfter(device, report.attention, heardAt);
  const changed = attention !== device.attention;
  const sight = seen(device, now);
  const after = { ...device, ...sight, attention };
  return [
    {
      kind: "update",
      key: deviceKey(device.customerId, device.accountId, device.id),
      set: {
        ...sight,
        usedBytes,
        usageMeasuredAt: measuredAt,
        usageHeardAt: heardAt,
        ...(agentVersion !== null && agentVersion !== device.agentVersion && { agentVersion }),
        ...(reportedLocation !== device.reportedLocation && { reportedLocation }),
        ...(changed && { attention }),
      },
      add: {},
      when: [
        { exists: true },
        { attribute: "deletedAt", is: null },
        { attribute: "usageMeasuredAt", is: device.usageMeasuredAt },
        ...(changed ? asRead(device) : []),
      ],
    },
    ...deviceLinks(device, after),
    ...lookNow(device, after, chain),
  ];
}
