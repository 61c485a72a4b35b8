import * as z from "zod";
import { AccountId, BackupSetId, CustomerId, DeviceId } from "../terms/ids.ts";
import { clockTime, OwnThrottle, ThrottlePatch } from "../terms/settings.ts";
import { line } from "../terms/text.ts";

const Path = line(1000);
const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/** When a backup set runs, in the customer's time zone. */
const Schedule = z
  .strictObject({
    days: z
      .array(z.enum(weekdays))
      .min(1)
      .refine((days) => new Set(days).size === days.length, { error: "must not repeat a day" }),
    at: clockTime,
    everyHours: z.int().min(1).max(24).nullish().meta({ description: "Again after so many hours; null: once a day" }),
  })
  .meta({ id: "BackupSchedule" });

/** What is backed up: paths on the device, and patterns of what is left out. */
const Selection = z
  .strictObject({
    include: z.array(Path).min(1).max(200),
    exclude: z.array(Path).max(200).default([]),
  })
  .meta({ id: "SourceSelection" });

/** How long versions are kept. */
const Retention = z
  .strictObject({
    versions: z.int().min(1).max(1000).nullish().meta({ description: "Versions of a file; null: all" }),
    days: z.int().min(1).max(3650).nullish().meta({ description: "Days that a version is kept; null: for ever" }),
  })
  .meta({ id: "Retention" });

const fields = { name: line(200), schedule: Schedule, selection: Selection, retention: Retention };

/** A backup set of the device that asks. */
export const OwnBackupSetInput = z
  .strictObject({
    name: fields.name,
    schedule: Schedule.nullish().meta({ description: "null: runs when it is told to" }),
    selection: Selection,
    retention: Retention.optional(),
  })
  .meta({ id: "OwnBackupSetInput" });
/** People may also give it a throttle of its own; a device that could would undo what those above it have set. */
export const BackupSetInput = OwnBackupSetInput.extend({ deviceId: DeviceId, throttle: ThrottlePatch }).meta({
  id: "BackupSetInput",
});
export type NewBackupSet = Omit<z.infer<typeof BackupSetInput>, "deviceId">;
type Input = z.infer<typeof OwnBackupSetInput>;

export const OwnBackupSetPatch = z
  .strictObject({
    name: fields.name.optional(),
    schedule: Schedule.nullish(),
    selection: Selection.optional(),
    retention: Retention.optional(),
  })
  .meta({ id: "OwnBackupSetPatch" });
export const BackupSetPatch = OwnBackupSetPatch.extend({ throttle: ThrottlePatch }).meta({ id: "BackupSetPatch" });
export type BackupSetPatch = z.infer<typeof BackupSetPatch>;

const StoredSchedule = z.object({
  days: z.array(z.enum(weekdays)),
  at: z.string(),
  everyHours: z.int().nullable(),
});

/** A backup set (H2), as it is stored and shown. */
export const BackupSet = z
  .object({
    id: BackupSetId,
    version: z.int(),
    customerId: CustomerId,
    accountId: AccountId,
    deviceId: DeviceId,
    dataDeviceId: DeviceId.meta({
      description: "The device under whose prefix its data lie: another one after a replacement",
    }),
    name: z.string(),
    schedule: StoredSchedule.nullable(),
    selection: z.object({ include: z.array(z.string()), exclude: z.array(z.string()) }),
    retention: z.object({ versions: z.int().nullable(), days: z.int().nullable() }),
    throttle: OwnThrottle.nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "BackupSet" });
export type BackupSet = z.infer<typeof BackupSet>;

/** Schedule and retention in full: what was not said is null. */
export const inFull = (input: Pick<Input, "schedule" | "retention">): Pick<BackupSet, "schedule" | "retention"> => ({
  schedule: input.schedule ? { ...input.schedule, everyHours: input.schedule.everyHours ?? null } : null,
  retention: { versions: input.retention?.versions ?? null, days: input.retention?.days ?? null },
});
