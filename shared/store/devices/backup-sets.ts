import * as z from "zod";
import { BackupSet } from "../../domain/devices/backup-set.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { type JobResult, JobResult as JobSchema, JobType } from "../../domain/devices/job-result.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import type { SetMove } from "../../domain/devices/set-move.ts";
import { readDevice, saveDevice } from "./device-records.ts";
import { countForeign } from "./foreign-data.ts";
import { accountKey, deviceKey, jobPrefix, jobsPartition, pointerKey, setKey, setPrefix } from "../table/keys.ts";
import { type DeletionStart, insertDeletion } from "../hierarchy/deletion-record.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import { insertPointer, loadPlace, refuseMoved } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import type { Item } from "../table/units.ts";
import { insert, type Write } from "../table/writes.ts";

const SetItem = BackupSet.extend({
  dataDeviceId: BackupSet.shape.dataDeviceId.optional(),
  schedule: BackupSet.shape.schedule.default(null),
  throttle: BackupSet.shape.throttle.default(null),
});
export const readSet = (item: Item): BackupSet => {
  const set = SetItem.parse(item);
  return { ...set, dataDeviceId: set.dataDeviceId ?? set.deviceId };
};

/** A device may not have more sets than one page shows. */
export const setsAtMost = 200;

/** Writes of a new backup set, on the condition that its device is there and has room for it. */
export const insertSet = (set: BackupSet, chain: Chain): Write[] => [
  insert(setKey(set.customerId, set.accountId, set.deviceId, set.id), { kind: "set", ...set }),
  insertPointer(set.id, chain, { accountId: set.accountId, deviceId: set.deviceId }),
  {
    kind: "update",
    key: deviceKey(set.customerId, set.accountId, set.deviceId),
    set: {},
    add: { setCount: 1 },
    when: [
      { attribute: "deletedAt", is: null },
      { attribute: "setCount", atMost: setsAtMost - 1 },
    ],
  },
];
/** Writes that bring a backup set from one state to another. */
export const saveSet = (before: BackupSet, after: BackupSet): Write[] => {
  const { name, schedule, selection, retention, throttle, version, updatedAt } = after;
  return [
    {
      kind: "update",
      key: setKey(before.customerId, before.accountId, before.deviceId, before.id),
      set: { name, schedule, selection, retention, throttle, version, updatedAt },
      add: {},
      when: [{ attribute: "version", is: before.version }],
    },
  ];
};
/** Writes that remove a backup set. What it has backed up is for the storage to remove; results of its jobs stay until they expire. */
export const removeSet = (set: BackupSet): Write[] => [
  {
    kind: "delete",
    key: setKey(set.customerId, set.accountId, set.deviceId, set.id),
    when: [{ attribute: "version", is: set.version }],
  },
  { kind: "delete", key: pointerKey(set.id), when: [{ exists: true }] },
  {
    kind: "update",
    key: deviceKey(set.customerId, set.accountId, set.deviceId),
    set: {},
    add: { setCount: -1 },
    when: [{ exists: true }],
  },
];

/** Writes that give backup sets to another device, which may stand in another account. Where their data lie stays as it is. */
export const moveSets = (sets: readonly BackupSet[], accountId: string, deviceId: string, at: string): Write[] =>
  sets.flatMap((set): Write[] => [
    {
      kind: "delete",
      key: setKey(set.customerId, set.accountId, set.deviceId, set.id),
      when: [{ attribute: "version", is: set.version }],
    },
    insert(setKey(set.customerId, accountId, deviceId, set.id), {
      kind: "set",
      ...set,
      accountId,
      deviceId,
      version: set.version + 1,
      updatedAt: at,
    }),
    { kind: "update", key: pointerKey(set.id), set: { accountId, deviceId }, add: {}, when: [{ exists: true }] },
  ]);

/** Writes that count one more backup set at a device, or one less, and keep what it knows of others' data. */
const countSet = (before: DeviceRecord, after: DeviceRecord, by: 1 | -1, at: string): Write[] => [
  ...saveDevice(before, { ...after, updatedAt: at }),
  {
    kind: "update",
    key: deviceKey(before.customerId, before.accountId, before.id),
    set: {},
    add: { setCount: by },
    when: [
      { attribute: "deletedAt", is: null },
      by === 1 ? { attribute: "setCount", atMost: setsAtMost - 1 } : { attribute: "setCount", atLeast: 1 },
    ],
  },
  ...countForeign(before, after),
];

/** An account and its parent account, as a device's pointer names them. */
export interface AccountsOfDevice {
  accountId: string;
  parentAccountId: string | null;
}

/**
 * Writes that move a backup set to another device of its customer, with what both devices know of each other's data. Their accounts count it, so that
 * none of them is moved to another customer in the same moment.
 */
export function moveSet(
  set: BackupSet,
  before: SetMove,
  after: SetMove,
  places: { from: AccountsOfDevice; to: AccountsOfDevice },
  at: string,
): Write[] {
  const accounts = [places.from, places.to].flatMap(({ accountId, parentAccountId }) =>
    parentAccountId === null ? [accountId] : [accountId, parentAccountId],
  );
  return [
    ...moveSets([set], places.to.accountId, before.to.id, at),
    ...countSet(before.from, after.from, -1, at),
    ...countSet(before.to, after.to, 1, at),
    ...[...new Set(accounts)].map((id): Write => ({
      kind: "update",
      key: accountKey(set.customerId, id),
      set: {},
      add: { setMoves: 1 },
      when: [{ exists: true }],
    })),
  ];
}

/** The items of all backup sets of a device, oldest first. */
export const readSetItems = async (
  db: Database,
  { customerId, accountId, deviceId }: { customerId: string; accountId: string | null; deviceId: string },
): Promise<Item[]> =>
  accountId === null
    ? []
    : (await db.query({ pk: customerId, prefix: setPrefix(accountId, deviceId), limit: setsAtMost })).items;

/** Where a page of job results goes on. */
export const JobPosition = z.object({ after: z.string() });

/** The backup sets of the caller's branch, and the results of jobs. */
export const backupSetStore = (context: StoreContext) => {
  const { db } = context;
  const load = async (id: string, live: boolean): Promise<{ set: BackupSet; chain: Chain }> => {
    const { chain, read } = await loadPlace(context, id, "backup set", live, ({ customerId, accountId, deviceId }) =>
      accountId === null || deviceId === null
        ? Promise.resolve(undefined)
        : db.get(setKey(customerId, accountId, deviceId, id)),
    );
    if (!read) throw notFound("backup set");
    // One that follows its device to another customer belongs to that one already.
    return { set: { ...readSet(read), customerId: chain[0].id }, chain };
  };
  return {
    /** @throws DomainError not_found */
    load: async (id: string): Promise<BackupSet> => (await load(id, false)).set,
    /** The same with its customer's chain, for a change. @throws DomainError not_found | customer_deleted */
    loadLive: (id: string) => load(id, true),

    /** The device that a set is for. @throws DomainError not_found | customer_deleted | device_deleted | device_pending */
    async loadDevice(id: string): Promise<AccountsOfDevice & { device: DeviceRecord; chain: Chain }> {
      const { chain, read, pointer } = await loadPlace(context, id, "device", true, ({ customerId, accountId }) =>
        db.get(deviceKey(customerId, accountId, id)),
      );
      if (!read) throw notFound("device");
      const device = readDevice(read);
      return { device, accountId: accountOf(device), parentAccountId: pointer.parentAccountId, chain };
    },

    /** All sets of a device, oldest first. @throws DomainError not_found */
    async list(deviceId: string): Promise<BackupSet[]> {
      const { read, chain } = await loadPlace(context, deviceId, "device", false, async (pointer) => {
        const { customerId, accountId } = pointer;
        const [device, items] = await Promise.all([
          db.get(deviceKey(customerId, accountId, deviceId)),
          readSetItems(db, { customerId, accountId, deviceId }),
        ]);
        // They may have gone with it while this was read.
        if (device?.["setCount"] !== items.length) await refuseMoved(db, deviceId, pointer);
        return items;
      });
      return read.map((item) => ({ ...readSet(item), customerId: chain[0].id }));
    },

    /** A page of the results of a device's or a set's jobs, newest first. @throws DomainError not_found */
    async listJobs(
      owner: { id: string; what: "device" | "backup set" },
      type: JobType | undefined,
      limit: number,
      position: z.infer<typeof JobPosition> | null,
    ): Promise<{ jobs: JobResult[]; next: z.infer<typeof JobPosition> | null }> {
      const types = type === undefined ? JobType.options : [type];
      const jobsOf = async (ids: readonly string[]) => {
        const lists = ids.flatMap((id) => types.map((one) => [id, one] as const));
        return Promise.all(
          lists.map(([id, one]) =>
            db.query({
              pk: jobsPartition(id),
              prefix: jobPrefix(one),
              // Positions are times with the job's id: the same in the list of each type.
              after: position ? jobPrefix(one) + position.after : undefined,
              limit: limit + 1,
              newestFirst: true,
            }),
          ),
        );
      };
      const { read } = await loadPlace(context, owner.id, owner.what, false, async ({ customerId, accountId }) => {
        const [own, item] = await Promise.all([
          jobsOf([owner.id]),
          owner.what === "device" ? db.get(deviceKey(customerId, accountId, owner.id)) : undefined,
        ]);
        // A device has the history of those that it has replaced.
        return [...own, ...(item ? await jobsOf(readDevice(item).replaces) : [])];
      });
      const found = read
        .flatMap(({ items }) => items)
        .map((item) => ({
          at: String(item["sk"]).slice(String(item["sk"]).indexOf("#") + 1),
          job: JobSchema.parse(item),
        }))
        .sort((one, other) => (one.at < other.at ? 1 : -1));
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return { jobs: shown.map(({ job }) => job), next: found.length > limit && last ? { after: last.at } : null };
    },

    insert: insertSet,
    save: saveSet,
    remove: removeSet,
    move: moveSet,
    /** The sets that a device keeps once one is gone, as they stand. */
    async othersOf({ customerId, accountId, deviceId, id }: BackupSet): Promise<BackupSet[]> {
      const items = await readSetItems(db, { customerId, accountId, deviceId });
      return items.map(readSet).filter((one) => one.id !== id);
    },
    /** The writes that tell the deletion report of what was deleted at once. */
    insertDeletion: (chain: Chain, start: DeletionStart): Write[] =>
      insertDeletion(context, chain, context.id("deletion"), start, null),
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newId: (): string => context.id("backupSet"),
  };
};

/** The account of a device that may have backup sets. @throws DomainError device_deleted | device_not_pending */
export function accountOf(device: DeviceRecord): string {
  if (device.deletedAt !== null) throw new DomainError("device_deleted", "The device is deleted.");
  if (device.state === "pending" || device.accountId === null)
    throw new DomainError("device_not_pending", "The device waits for approval; approve it first.");
  return device.accountId;
}
