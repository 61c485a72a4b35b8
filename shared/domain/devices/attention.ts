import * as z from "zod";
import { DeviceId } from "../terms/ids.ts";

/**
 * Why a device needs somebody to look at it, the worst first. This order is that of the watchlist:
 * what may lose data already, then what stops backups, then what will soon, then what waits for a decision.
 */
export const AttentionCode = z
  .enum([
    "identity_conflict",
    "data_misplaced",
    "repeated_failures",
    "overdue",
    "never_backed_up",
    "licence_missing",
    "backup_failed",
    "not_seen",
    "quota_high",
    "pending",
    "possible_duplicate",
    "agent_outdated",
    "backup_warning",
  ])
  .meta({
    id: "AttentionCode",
    description:
      "The worst first. identity_conflict: two computers say that they are this device; data_misplaced: its data, or its customer's vault, are not where they were promised to be; repeated_failures: the last three backups or more failed; overdue: no successful backup for days; never_backed_up: not one successful backup since it was created; licence_missing: no licence is free for it; backup_failed: the last backup failed; not_seen: the computer has not reported for days; quota_high: its account has used 90 % of its quota or more; pending: waits for approval; possible_duplicate: a newer device has the same name; agent_outdated: the backup software is older than the settings ask for; backup_warning: the last backup ended with a warning",
  });
export type AttentionCode = z.infer<typeof AttentionCode>;

export const Attention = z.object({
  code: AttentionCode,
  since: z.iso.datetime(),
  identities: z
    .array(z.object({ name: z.string(), at: z.iso.datetime() }))
    .optional()
    .meta({
      description:
        "Of `identity_conflict`: the computer that holds the device and since when, then the one that held it before and when it called again",
    }),
  deviceId: DeviceId.optional().meta({
    description: "Of `possible_duplicate`: the newer device of the same name, which may be the same computer",
  }),
});
export type Attention = z.infer<typeof Attention>;

const rankOf = (code: AttentionCode): number => AttentionCode.options.indexOf(code);

/** The worst of what needs attention; null where nothing does. */
export const worst = (attention: readonly Attention[]): Attention | null =>
  attention.reduce<Attention | null>(
    (found, one) => (found === null || rankOf(one.code) < rankOf(found.code) ? one : found),
    null,
  );

/** Codes that are raised, or settled (false). */
export type AttentionChanges = Partial<Record<AttentionCode, boolean>>;

/** What needs attention once codes were raised or settled. `since` stays where it was raised before. */
export function withAttention(before: readonly Attention[], changes: AttentionChanges, at: string): Attention[] {
  const stays = before.filter(({ code }) => changes[code] !== false);
  const raised = AttentionCode.options
    .filter((code) => changes[code] === true && !before.some((one) => one.code === code))
    .map((code) => ({ code, since: at }));
  return [...stays, ...raised];
}

/** Whether changes would change anything of what needs attention. */
export const changesAttention = (before: readonly Attention[], changes: AttentionChanges): boolean =>
  Object.entries(changes).some(([code, raised]) => raised !== before.some((one) => one.code === code));

/** What needs attention once a computer has called with a token that another has superseded. What was raised before stays. */
export const withConflict = (
  before: readonly Attention[],
  [holder, former]: [holder: { name: string; at: string }, former: { name: string; at: string }],
): Attention[] =>
  before.some(({ code }) => code === "identity_conflict")
    ? [...before]
    : [...before, { code: "identity_conflict", since: former.at, identities: [holder, former] }];

/** What needs attention once a newer device of the same name has enrolled; of several, the last one is named. */
export const withDuplicate = (before: readonly Attention[], deviceId: string, at: string): Attention[] => [
  ...before.filter(({ code }) => code !== "possible_duplicate"),
  { code: "possible_duplicate", since: at, deviceId },
];

/*
 * How many devices of a customer need attention: each device once, and once for each of its reasons. The counters stand in the customer's item
 * beside its other totals, and roll up with them; what is zero is mostly not there.
 */

/** Name of the counter of devices that need attention for a reason. */
export const reasonCounter = (code: AttentionCode): `attention_${AttentionCode}` => `attention_${code}`;
/** Name of the counter of devices that need attention, whatever for. */
export const attentionCounter = "attentionDevices";
/** All counters of attention. */
export const attentionCounters = [attentionCounter, ...AttentionCode.options.map(reasonCounter)] as const;

/** How many devices need attention, and for what. Of a device with two reasons each counts. */
export const AttentionCounts = z
  .object({
    devices: z.int().min(0).meta({ description: "Devices that need attention, each once" }),
    byReason: z
      .record(AttentionCode, z.int().min(0))
      .meta({ description: "Devices by reason; one with two reasons counts for both" }),
  })
  .meta({ id: "AttentionCounts" });
export type AttentionCounts = z.infer<typeof AttentionCounts>;

/** The counts of attention of an item that holds counters; what is not there is zero. */
export function attentionCounts(counters: Readonly<Record<string, unknown>>): AttentionCounts {
  const read = (name: string): number => Math.max(0, Math.trunc(Number(counters[name] ?? 0)));
  const byReason = Object.fromEntries(
    AttentionCode.options.map((code) => [code, read(reasonCounter(code))]),
  ) as AttentionCounts["byReason"];
  return { devices: read(attentionCounter), byReason };
}

/** What one device adds to the counters of its customer. */
export const attentionShare = (device: {
  attention: readonly Pick<Attention, "code">[];
  deletedAt: string | null;
}): Record<string, number> =>
  device.deletedAt !== null || device.attention.length === 0
    ? {}
    : Object.fromEntries(
        [attentionCounter, ...device.attention.map(({ code }) => reasonCounter(code))].map((name) => [name, 1]),
      );
