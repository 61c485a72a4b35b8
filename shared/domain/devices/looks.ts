import type { AttentionChanges } from "./attention.ts";
import type { DeviceRecord } from "./device.ts";
import { dayMs } from "../terms/trial.ts";

/*
 * Some reasons for attention come with time alone: a device that reports nothing changes nothing, and yet it is overdue some day. A timer looks at
 * each device at the moment at which something could have come up, as far as its record tells. Reports move that moment on without moving the
 * timer, so a device that is well costs one look in some days, and no write with its reports.
 */

/** After how many days without something a device needs attention, and the oldest backup software that is good enough. */
export interface WatchRules {
  noBackupDays: number;
  notSeenDays: number;
  serverNotSeenDays: number;
  minimumAgentVersion: string | null;
}

const hourMs = 3_600_000;
/** A computer that has not reported for longer was away, and not only off for a night. */
const awayMs = 36 * hourMs;
/** No look follows another sooner. */
const soonestMs = hourMs / 4;

/**
 * Since when a computer has been there, once it reports at `now`: a report after it was away begins anew, so that a workstation is not overdue on
 * Monday morning. ISO 8601; null: since it was first seen.
 */
export const seenSince = ({ lastSeenAt, seenSince: before }: DeviceRecord, now: number): string | null =>
  lastSeenAt !== null && now - Date.parse(lastSeenAt) > awayMs ? new Date(now).toISOString() : before;

const at = (time: string | null): number => (time === null ? Number.NEGATIVE_INFINITY : Date.parse(time));

/** From when on a device should have backed up again; a workstation that was away counts from when it came back. */
function dueOf(device: Pick<DeviceRecord, WhatIsDue>, { noBackupDays }: WatchRules): number {
  const lastGood = at(device.lastSuccessAt ?? device.createdAt);
  const from = device.machineKind === "server" ? lastGood : Math.max(lastGood, at(device.seenSince));
  return from + noBackupDays * dayMs;
}
type WhatIsDue = "machineKind" | "createdAt" | "lastSuccessAt" | "lastSeenAt" | "seenSince";

/**
 * Whether a report makes a device overdue: a workstation that was off when its backup was due, and is back without one. No look waits for that moment,
 * which only the computer brings about.
 */
export function isDueWithReport(
  before: Pick<DeviceRecord, "lastSeenAt">,
  after: Pick<DeviceRecord, WhatIsDue>,
  rules: WatchRules,
): boolean {
  const dueAt = dueOf(after, rules);
  return after.machineKind !== "server" && at(before.lastSeenAt) < dueAt && at(after.lastSeenAt) >= dueAt;
}

/** What a look at a device finds: what is raised or settled, and when to look again (ISO 8601). */
export interface Look {
  changes: AttentionChanges;
  next: string;
}

/**
 * Looks at an active or suspended device.
 * @param mayBackUp whether it and all above it are active: what must not back up is not overdue
 * @param licenceFree whether it could have a licence; of no account where it has one
 */
export function lookAt(
  device: DeviceRecord,
  { mayBackUp, licenceFree }: { mayBackUp: boolean; licenceFree: boolean },
  rules: WatchRules,
  now: number,
): Look {
  const backupMs = rules.noBackupDays * dayMs;
  const isServer = device.machineKind === "server";
  const raised = (code: "overdue" | "never_backed_up"): boolean => device.attention.some((one) => one.code === code);
  const again = (ms: number): string => new Date(Math.max(ms, now + soonestMs)).toISOString();
  if (!mayBackUp)
    return {
      changes: { overdue: false, never_backed_up: false, not_seen: false, licence_missing: false },
      next: again(now + backupMs),
    };

  const lastGood = at(device.lastSuccessAt ?? device.createdAt);
  // A workstation is overdue only once it has been seen so late. What is raised stays until a backup.
  const dueAt = dueOf(device, rules);
  const neverSeen = device.lastSeenAt === null;
  const isDue = now >= dueAt && (isServer || neverSeen || at(device.lastSeenAt) >= dueAt);
  const stays = (raised("overdue") || raised("never_backed_up")) && now >= lastGood + backupMs;
  const overdue = isDue || stays;

  const unseenAt = at(device.lastSeenAt) + (isServer ? rules.serverNotSeenDays : rules.notSeenDays) * dayMs;
  const licence = !device.licensed && !licenceFree;
  // Whatever comes back, or begins, cannot be overdue before the longest of these has passed.
  const moments = [now + (device.licensed ? backupMs : Math.min(backupMs, dayMs)), dueAt, neverSeen ? now : unseenAt];
  return {
    changes: {
      overdue: overdue && device.lastSuccessAt !== null,
      never_backed_up: overdue && device.lastSuccessAt === null,
      not_seen: !neverSeen && now >= unseenAt,
      licence_missing: licence,
    },
    next: again(Math.min(...moments.filter((moment) => moment > now))),
  };
}

/** When a device that begins at `now` is first looked at (ISO 8601). */
export const firstLook = ({ noBackupDays }: WatchRules, now: number): string =>
  new Date(now + Math.min(1, noBackupDays) * dayMs).toISOString();

/** Share of a quota from which on it needs attention. */
const highShare = 0.9;
/** Whether so many bytes of a quota are worth attention; an unrestricted one never is. */
export const isQuotaHigh = (usedBytes: number, quotaBytes: number | null): boolean =>
  quotaBytes !== null && usedBytes >= quotaBytes * highShare;

/** What the end of a backup says of a device, where it is the last one that is known. */
export function afterBackup(failed: boolean, warning: boolean, failuresInRow: number): AttentionChanges {
  return {
    backup_failed: failed,
    backup_warning: warning,
    repeated_failures: failuresInRow >= manyFailures,
    ...(!failed && { overdue: false, never_backed_up: false }),
  };
}
/** Backups in a row that fail before that is a reason of its own. */
const manyFailures = 3;
