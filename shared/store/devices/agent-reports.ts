import { type DeviceRecord, withAttention } from "../../domain/devices/device.ts";
import { type JobReport, type JobResult, keptDays } from "../../domain/devices/job-result.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import { deviceKey, jobGuardKey, jobKey } from "../table/keys.ts";
import { insert, type Update, type Write } from "../table/writes.ts";
import { deviceLinks } from "./device-records.ts";

/** Writes of a job's result: for the lists of the device and of the set, and what it says of the device. */
export function insertJob(device: DeviceRecord, report: JobReport, now: number): { job: JobResult; writes: Write[] } {
  const { id, customerId, accountId } = device;
  const reportedAt = new Date(now).toISOString();
  const job: JobResult = { ...report, deviceId: id, reportedAt };
  const expiresAt = Math.ceil((now + keptDays * dayMs) / 1000);
  const item = { kind: "job", ...job, expiresAt };
  // A result that is told late says nothing of how things stand since.
  const isBackup =
    report.type === "backup" && Date.parse(report.endedAt) >= Date.parse(device.lastBackupAt ?? report.endedAt);
  // A computer that reports has not become another device.
  const changes = {
    ...(isBackup && { backup_failed: report.status === "failed", backup_warning: report.status === "warning" }),
    ...(device.attention.some(({ code }) => code === "possible_duplicate") && { possible_duplicate: false }),
  };
  const attention =
    Object.keys(changes).length > 0 ? withAttention(device.attention, changes, reportedAt) : device.attention;
  const after = { ...device, attention };
  const endedAt = new Date(report.endedAt).toISOString();
  const success = report.type === "backup" && report.status !== "failed" && (device.lastSuccessAt ?? "") < endedAt;
  const seen: Update = {
    kind: "update",
    key: deviceKey(customerId, accountId, id),
    set: {
      lastSeenAt: reportedAt,
      ...(isBackup && { lastBackupAt: endedAt }),
      ...(success && { lastSuccessAt: endedAt }),
      ...(success && device.firstSuccessAt === null && { firstSuccessAt: endedAt }),
      ...(attention !== device.attention && { attention }),
    },
    add: {},
    // Links to what needs attention are worked out from the record that was read.
    when: [
      { attribute: "version", is: device.version },
      { attribute: "lastSeenAt", is: device.lastSeenAt },
    ],
  };
  return {
    job,
    writes: [
      insert(jobGuardKey(id, report.jobId), { ...item, kind: "job-guard" }),
      insert(jobKey(id, report.type, report.startedAt, report.jobId), item),
      insert(jobKey(report.backupSetId, report.type, report.startedAt, report.jobId), item),
      seen,
      ...deviceLinks(device, after),
    ],
  };
}

/** The write that takes in what the device uses; what it adds up to above follows by the stream. */
export function saveUsage(device: DeviceRecord, usedBytes: number, measuredAt: string, now: number): Write[] {
  const heardAt = new Date(now).toISOString();
  return [
    {
      kind: "update",
      key: deviceKey(device.customerId, device.accountId, device.id),
      set: { usedBytes, usageMeasuredAt: measuredAt, usageHeardAt: heardAt, lastSeenAt: heardAt },
      add: {},
      when: [
        { exists: true },
        { attribute: "deletedAt", is: null },
        { attribute: "usageMeasuredAt", is: device.usageMeasuredAt },
      ],
    },
  ];
}
