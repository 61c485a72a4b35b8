import * as z from "zod";
import { AccountId, CustomerId, DeletionId, DeviceId } from "../terms/ids.ts";
import { LocationCode } from "../terms/locations.ts";
import { OwnThrottle, ThrottlePatch } from "../terms/settings.ts";
import { line, Reference } from "../terms/text.ts";
import { AgentVersion } from "../terms/versions.ts";
import type { CustomerRecord } from "../hierarchy/customer.ts";
import { Attention } from "./attention.ts";
import { ForeignData, locationOf } from "./data-place.ts";

export const DeviceKind = z.enum(["workstation", "laptop", "server"]).meta({ id: "DeviceKind" });
export const DeviceState = z.enum(["pending", "active", "suspended", "deleted"]).meta({
  id: "DeviceState",
  description: "pending: has connected and waits to be approved (Q8)",
});
export type DeviceState = z.infer<typeof DeviceState>;

/** What a computer says of itself. `machineId` is its own, and stays the same when the agent is installed anew. */
export const Machine = {
  machineId: line(200)
    .refine((id) => !/\s/u.test(id), { error: "must not hold white space" })
    .meta({ description: "The computer's own id: one device of the customer, however often it enrols" }),
  name: line(200),
  kind: DeviceKind,
  os: line(200).meta({ examples: ["Windows Server 2025"] }),
  agentVersion: AgentVersion.optional(),
};

/** Its number in another system. */
const deviceRef = Reference.meta({ description: "Its number in another system; unique in its account" });

export const DeviceInput = z
  .strictObject({
    accountId: AccountId,
    ...Machine,
    active: z.boolean().optional().meta({ description: "Default: true; false: suspended; it may not back up" }),
    externalRef: deviceRef.nullish(),
  })
  .meta({ id: "DeviceInput" });
/** A device that is created, or changed where it is there already. */
export const DeviceUpsert = DeviceInput.extend({ externalRef: deviceRef }).meta({ id: "DeviceUpsert" });

/** A JSON merge patch over a device. */
export const DevicePatch = z
  .strictObject({
    name: line(200).optional(),
    kind: DeviceKind.optional(),
    os: line(200).optional(),
    throttle: ThrottlePatch,
    externalRef: deviceRef.nullish(),
    accountId: AccountId.optional().meta({ description: "Immutable here: devices are moved, not patched" }),
    machineId: line(200).optional().meta({ description: "Immutable: another value is refused" }),
  })
  .meta({ id: "DevicePatch" });
export type DevicePatch = z.infer<typeof DevicePatch>;

/** A device as it is stored. `usedBytes` and what agents report do not count for `version`. */
export const DeviceRecord = z.object({
  id: DeviceId,
  version: z.int(),
  customerId: CustomerId,
  /** null: pending, and not yet given an account. */
  accountId: AccountId.nullable().default(null),
  name: z.string(),
  /** `kind` in the API; in the table every item has a kind of its own. */
  machineKind: DeviceKind,
  os: z.string(),
  machineId: z.string(),
  externalRef: z.string().nullable().default(null),
  state: DeviceState,
  throttle: OwnThrottle.nullable().default(null),
  licensed: z.boolean().default(false),
  usedBytes: z.int().default(0),
  setCount: z.int().default(0),
  /** Has held a licence: those "used to date" count a device once in its life. */
  everLicensed: z.boolean().default(false),
  /** When the agent measured, by its own word; and when it was heard of, by ours. */
  usageMeasuredAt: z.string().nullable().default(null),
  usageHeardAt: z.string().nullable().default(null),
  lastSeenAt: z.string().nullable().default(null),
  lastSuccessAt: z.string().nullable().default(null),
  /** End of the first backup that went well. */
  firstSuccessAt: z.string().nullable().default(null),
  /** End of the last backup that was reported, however it ended. */
  lastBackupAt: z.string().nullable().default(null),
  /** Backups that have failed since the last one that did not. */
  failuresInRow: z.int().default(0),
  /** When the computer first reported again after it had been away for longer than a night. */
  seenSince: z.string().nullable().default(null),
  /** Version of the backup software, as it says itself. */
  agentVersion: z.string().nullable().default(null),
  /** Where it says to have stored last. */
  reportedLocation: LocationCode.nullable().default(null),
  attention: z.array(Attention).default([]),
  /** The device that has taken over what this one had; that one holds its data. */
  replacedBy: DeviceId.nullable().default(null),
  /** The devices whose data it has taken over, the last one first. */
  replaces: z.array(DeviceId).default([]),
  /** Data of it, and of those that it has replaced, that lie in the vaults of customers that it was moved away from. */
  foreignData: z.array(ForeignData).default([]),
  /** The service plan of the account that it gets when it is approved. */
  plan: z.string().nullable().default(null),
  deletedAt: z.string().nullable().default(null),
  purgeAt: z.string().nullable().default(null),
  deletionId: DeletionId.nullable().default(null),
  /** What it was when it was deleted, and will be when it is restored. */
  deletedFrom: z.object({ state: DeviceState, licensed: z.boolean() }).nullable().default(null),
  /** Other devices of which it may read and write all data, since a backup set of theirs was moved to it. */
  borrows: z.array(DeviceId).default([]),
  /** When it came from another customer, or another account. */
  arrivedAt: z.string().nullable().default(null),
  /** From here on it cannot be restored. */
  purgeStartedAt: z.string().nullable().default(null),
  /** Used bytes when the purge took them from the counters. */
  bytesAtPurge: z.int().nullable().default(null),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type DeviceRecord = z.infer<typeof DeviceRecord>;

/** A device as the API shows it. */
export const Device = z
  .object({
    id: DeviceId,
    version: z.int(),
    customerId: CustomerId,
    accountId: AccountId.nullable().meta({ description: "null: pending, and not yet given an account" }),
    name: z.string(),
    kind: DeviceKind,
    os: z.string(),
    machineId: z.string(),
    externalRef: z.string().nullable(),
    state: DeviceState,
    storageLocation: LocationCode.meta({
      description: "Where its data lie: a device that was moved to another customer keeps the place that it has",
    }),
    licensed: z.boolean().meta({ description: "Holds a licence: it has been allowed to back up" }),
    throttle: OwnThrottle.nullable().meta({
      description: "Its own throttling; see effective-settings for what applies",
    }),
    usedBytes: z.int(),
    lastSeenAt: z.string().nullable(),
    lastSuccessAt: z.string().nullable(),
    failuresSinceSuccess: z.int().meta({ description: "Backups that have failed since the last one that did not" }),
    agentVersion: z.string().nullable().meta({ description: "Version of the backup software, as it says itself" }),
    attention: z.array(Attention),
    replacedBy: DeviceId.nullable().meta({ description: "The device that has taken over its sets, data and licence" }),
    replaces: z.array(DeviceId).meta({ description: "Devices whose sets and data it has taken over, the last first" }),
    deletedAt: z.string().nullable(),
    purgeAt: z.string().nullable().meta({ description: "Until then it can be restored" }),
    deletionId: DeletionId.nullable().meta({ description: "See getDeletion" }),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "Device" });
export type Device = z.infer<typeof Device>;

/** A device as its caller sees it: its data lie where its customer's do, or where they lay before it was moved there (H6). */
export function presentDevice(device: DeviceRecord, customer: CustomerRecord): Device {
  const {
    usageMeasuredAt: _,
    usageHeardAt: __,
    plan: ___,
    setCount: ____,
    lastBackupAt: _____,
    firstSuccessAt: ______,
    everLicensed: _______,
    deletedFrom: ________,
    purgeStartedAt: _________,
    bytesAtPurge: __________,
    seenSince: ___________,
    foreignData: ____________,
    arrivedAt: _____________,
    borrows: ______________,
    failuresInRow,
    machineKind,
    ...shown
  } = device;
  // What was wrong with a deleted device says itself again when it is restored.
  const attention = device.deletedAt === null ? device.attention : [];
  return {
    ...shown,
    failuresSinceSuccess: failuresInRow,
    attention,
    kind: machineKind,
    storageLocation: locationOf(device, customer),
  };
}

/** A new device of a customer. */
export const newDevice = (
  machine: {
    machineId: string;
    name: string;
    kind: z.infer<typeof DeviceKind>;
    os: string;
    agentVersion?: string | undefined;
    externalRef?: string | null | undefined;
  },
  place: {
    id: string;
    customerId: string;
    accountId: string | null;
    plan: string | null;
    state: "active" | "suspended" | "pending";
  },
  nowMs: number,
): DeviceRecord => {
  const at = new Date(nowMs).toISOString();
  return {
    ...place,
    machineId: machine.machineId,
    name: machine.name,
    machineKind: machine.kind,
    os: machine.os,
    externalRef: machine.externalRef ?? null,
    version: 1,
    throttle: null,
    licensed: false,
    usedBytes: 0,
    setCount: 0,
    usageMeasuredAt: null,
    usageHeardAt: null,
    lastSeenAt: null,
    lastSuccessAt: null,
    lastBackupAt: null,
    failuresInRow: 0,
    seenSince: null,
    agentVersion: machine.agentVersion ?? null,
    reportedLocation: null,
    attention: place.state === "pending" ? [{ code: "pending", since: at }] : [],
    everLicensed: false,
    replacedBy: null,
    replaces: [],
    foreignData: [],
    firstSuccessAt: null,
    deletedAt: null,
    purgeAt: null,
    deletionId: null,
    deletedFrom: null,
    purgeStartedAt: null,
    bytesAtPurge: null,
    arrivedAt: null,
    borrows: [],
    createdAt: at,
    updatedAt: at,
  };
};

/** Server operating systems: there a plan may leave open files out (document 004). */
export const isServer = ({ machineKind }: Pick<DeviceRecord, "machineKind">): boolean => machineKind === "server";
