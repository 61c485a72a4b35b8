import * as z from "zod";
import type { AccountRecord } from "../../domain/accounts/account.ts";
import { type Applicant, planLicence } from "../../domain/devices/admission.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { type Device, DeviceRecord, type DeviceState, presentDevice } from "../../domain/devices/device.ts";
import { DomainError, notFound, refuse } from "../../domain/terms/errors.ts";
import { AccountId, DeviceId } from "../../domain/terms/ids.ts";
import { checkAccountLevel } from "../../domain/accounts/new-account.ts";
import { accountStore } from "../accounts/accounts.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { commitShares } from "../hierarchy/customers.ts";
import { countDevices } from "../hierarchy/device-pools.ts";
import {
  accountKey,
  customerKey,
  deviceKey,
  devicePrefix,
  type DeviceView,
  deviceViewKey,
  deviceViewPrefix,
  machineKey,
  namesakeKey,
  pointerKey,
} from "../table/keys.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import { insertPointer, loadPlace, type Pointer } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { timerChanges } from "../table/timers.ts";
import type { Item } from "../table/units.ts";
import { insert, type Write } from "../table/writes.ts";

/** Who is the device of a computer. */
export const MachineItem = z.object({ deviceId: DeviceId, accountId: AccountId.nullable().default(null) });
export const DeviceLink = z.object({ id: DeviceId, accountId: AccountId.nullable().default(null) });
export type DeviceLink = z.infer<typeof DeviceLink>;

export const readDevice = (item: Item): DeviceRecord => DeviceRecord.parse(item);

/** The views beside the whole in which a device appears. */
const viewsOf = (device: DeviceRecord): DeviceView[] => [
  { by: "state", state: device.state },
  ...(device.attention.length > 0 && device.deletedAt === null ? [{ by: "attention" } as const] : []),
];
const linksOf = (device: DeviceRecord): { key: ReturnType<typeof deviceViewKey>; item: Item }[] => {
  const { id, customerId, accountId, name, deletedAt } = device;
  return [
    ...viewsOf(device).map((view) => deviceViewKey(customerId, view, accountId, id)),
    ...(deletedAt === null ? [namesakeKey(customerId, name, accountId, id)] : []),
  ].map((key) => ({ key, item: { kind: "device-link", id, accountId } }));
};
/** The writes that bring a device's links from one state of its record to another; null: it is new, or gone from there. */
export function deviceLinks(before: DeviceRecord | null, after: DeviceRecord | null): Write[] {
  const place = ({ pk, sk }: { pk: string; sk: string }): string => `${pk}\n${sk}`;
  const old = new Map((before ? linksOf(before) : []).map((link) => [place(link.key), link]));
  const writes: Write[] = [];
  for (const link of after ? linksOf(after) : []) {
    if (!old.delete(place(link.key))) writes.push(insert(link.key, link.item));
  }
  for (const { key } of old.values()) writes.push({ kind: "delete", key, when: [{ exists: true }] });
  return writes;
}

/**
 * The writes that count a device, or count it no longer: at its customer and every level above that counts for a limit, at its account, and at
 * the parent account, which gives back what it has counted when it is deleted. An account that is new holds the device from the start.
 * @throws DomainError device_limit where a customer, or one above it, has as many devices as it may
 */
export function countDevice(
  chain: Chain,
  account: { id: string; parentAccountId: string | null },
  times: 1 | -1,
  accountIsNew = false,
): Write[] {
  const at = (id: string, add: Record<string, number>): Write => ({
    kind: "update",
    key: accountKey(chain[0].id, id),
    set: {},
    add,
    when: [{ exists: true }, { attribute: "deletedAt", is: null }],
  });
  const { id, parentAccountId } = account;
  return [
    ...countDevices(chain, times),
    ...(accountIsNew ? [] : [at(id, { deviceCount: times, devicesHeld: times })]),
    ...(parentAccountId === null ? [] : [at(parentAccountId, { devicesHeld: times })]),
  ];
}

/**
 * Writes of a device that counts from now on: at its account, on the condition that it is there, and at its customer.
 * @throws DomainError device_limit
 */
export const beginDevice = (
  device: DeviceRecord,
  account: AccountRecord,
  accountIsNew: boolean,
  chain: Chain,
): Write[] => [
  ...countDevice(chain, account, 1, accountIsNew),
  ...deviceLinks(null, device),
  insert(deviceKey(device.customerId, device.accountId, device.id), { kind: "device", ...device }),
];

/** Attributes that agents and consumers change; they do not travel with a save. */
const kept: ReadonlySet<string> = new Set([
  "usedBytes",
  "setCount",
  "usageMeasuredAt",
  "usageHeardAt",
  "lastSeenAt",
  "lastSuccessAt",
  "lastBackupAt",
]);

/** The writes that bring a device from one state to another in its place, on the condition of its version. */
export function saveDevice(before: DeviceRecord, after: DeviceRecord): Write[] {
  const set = Object.fromEntries(
    Object.entries(after).filter(
      ([name, value]) =>
        !kept.has(name) && JSON.stringify(value) !== JSON.stringify(before[name as keyof DeviceRecord]),
    ),
  );
  return [
    {
      kind: "update",
      key: deviceKey(before.customerId, before.accountId, before.id),
      set: { ...set, version: before.version + 1 },
      add: {},
      when: [
        { attribute: "version", is: before.version },
        // What agents report since may need attention, which would be lost with its links.
        ...(after.attention === before.attention && after.deletedAt === before.deletedAt
          ? []
          : [{ attribute: "lastSeenAt", is: before.lastSeenAt } as const]),
      ],
    },
    ...deviceLinks(before, after),
  ];
}

/** Whose device draws or gives back a licence: its account, the parent account of that, and whether it is its first. */
interface Holder {
  accountId: string;
  parentAccountId: string | null;
  isFirst: boolean;
}

/**
 * The writes that draw a licence for a device (or give it back), from the nearest restricted pool; null where that is used up. Its account
 * counts it, and the parent account too: when one of them is deleted, it gives back at once what it has counted.
 */
export function licenceWrites(
  chain: Chain,
  { accountId, parentAccountId, isFirst }: Holder,
  times: 1 | -1,
): Write[] | null {
  const plan = planLicence(chain, times);
  if (!plan) return null;
  const customerId = chain[0].id;
  return [
    ...commitShares("licences", plan, chain),
    {
      kind: "update",
      key: customerKey(customerId),
      set: {},
      add: { licencesUsed: times, ...(isFirst && { licencesUsedToDate: 1 }) },
      when: [{ exists: true }],
    },
    ...[accountId, ...(parentAccountId === null ? [] : [parentAccountId])].map((id): Write => ({
      kind: "update",
      key: accountKey(customerId, id),
      set: {},
      add: { licencesUsed: times },
      when: [{ exists: true }, { attribute: "deletedAt", is: null }],
    })),
  ];
}

/** The devices of the caller's branch. */
export const deviceStore = (context: StoreContext) => {
  const { db } = context;

  const load = async (
    id: string,
    live: boolean,
    also: (pointer: Pointer) => void = () => undefined,
  ): Promise<{ device: DeviceRecord; chain: Chain; pointer: Pointer }> => {
    const { pointer, chain, read } = await loadPlace(context, id, "device", live, (found) => {
      also(found);
      return db.get(deviceKey(found.customerId, found.accountId, id));
    });
    if (!read) throw notFound("device");
    return { device: readDevice(read), chain, pointer };
  };

  return {
    /** A device with its customer's chain. @throws DomainError not_found */
    load: (id: string) => load(id, false),
    /** The same, for a change. @throws DomainError not_found | customer_deleted */
    loadLive: (id: string) => load(id, true),
    /** The same for a change that its account must be there for. @throws DomainError not_found | customer_deleted | account_deleted */
    async loadWithAccount(id: string): Promise<{ device: DeviceRecord; chain: Chain; pointer: Pointer }> {
      const place = await load(id, true, ({ customerId, accountId, parentAccountId }) =>
        db.prefetch([accountId, parentAccountId].flatMap((at) => (at === null ? [] : [accountKey(customerId, at)]))),
      );
      const { customerId, accountId, parentAccountId } = place.pointer;
      for (const at of [accountId, parentAccountId])
        if (at !== null && (await db.get(accountKey(customerId, at)))?.["deletedAt"] !== undefined)
          throw new DomainError("account_deleted", "The account of the device, or its parent account, is deleted.");
      return place;
    },

    /** A device with all that admission depends on; the account of one that is pending is missing. @throws DomainError not_found */
    async loadApplicant(id: string): Promise<{ applicant: Applicant | null; device: DeviceRecord; chain: Chain }> {
      const { read, chain } = await loadPlace(context, id, "device", false, async ({ customerId, accountId }) => {
        const [item, place] = await Promise.all([
          db.get(deviceKey(customerId, accountId, id)),
          accountId === null ? null : accountStore(context).load(accountId),
        ]);
        if (!item) throw notFound("device");
        return { device: readDevice(item), place };
      });
      const { device, place } = read;
      return { device, chain, applicant: place && { ...place, chain, device } };
    },

    /**
     * A page of a customer's devices, or of one account's, by a view that holds only what was asked for.
     * @throws DomainError not_found where the customer or the account is not seen
     */
    async list(
      where: { customerId: string } | { accountId: string },
      filter: { state?: DeviceState | undefined; attention?: boolean | undefined },
      limit: number,
      after: string | null,
    ): Promise<{ devices: Device[]; next: string | null }> {
      const accountId = "accountId" in where ? where.accountId : undefined;
      const view: DeviceView | null =
        filter.attention === true
          ? { by: "attention" }
          : filter.state === undefined
            ? null
            : { by: "state", state: filter.state };
      const prefix = view ? deviceViewPrefix(view, accountId) : devicePrefix(accountId);
      const page = (pk: string) => db.query({ pk, prefix, after: after ?? undefined, limit: limit + 1 });
      const inAccount = async (id: string) => {
        const { chain, read } = await loadPlace(context, id, "account", false, (at) => page(at.customerId));
        return [chain, read] as const;
      };
      const [chain, { items }] = await ("accountId" in where
        ? inAccount(where.accountId)
        : Promise.all([loadChain(context, where.customerId), page(where.customerId)]));
      checkAccountLevel(chain, "customerId");
      const customerId = chain[0].id;
      const shown = items.slice(0, limit);
      const found = view
        ? await db.getAll(
            shown.map((item) => {
              const link = DeviceLink.parse(item);
              return deviceKey(customerId, link.accountId, link.id);
            }),
          )
        : shown;
      const devices = found.flatMap((item) => (item ? [readDevice(item)] : []));
      return {
        devices: devices
          .filter((device) => filter.attention !== true || filter.state === undefined || device.state === filter.state)
          .map((device) => presentDevice(device, chain[0].storageLocation)),
        next: items.length > limit ? String(shown.at(-1)?.["sk"]) : null,
      };
    },

    /** The device of a computer of a customer, null where it has none. */
    async findMachine(customerId: string, machineId: string): Promise<z.infer<typeof MachineItem> | null> {
      const item = await db.get(machineKey(customerId, machineId));
      return item ? MachineItem.parse(item) : null;
    },

    /** Writes of a new device of an account; its first token comes when it enrols. @throws DomainError device_limit; on commit: machine_taken */
    insert(device: DeviceRecord, account: AccountRecord, chain: Chain): Write[] {
      return [
        insert(
          machineKey(device.customerId, device.machineId),
          { kind: "machine", deviceId: device.id, accountId: device.accountId },
          refuse("machine_taken", "machineId", "The customer has a device for this computer already."),
        ),
        ...beginDevice(device, account, false, chain),
        insertPointer(device.id, chain, { accountId: account.id, parentAccountId: account.parentAccountId }),
      ];
    },

    save: saveDevice,

    /** Writes that mark a device as deleted: it counts no longer, its licence goes back, its computer may enrol anew. */
    markDeleted(before: DeviceRecord, after: DeviceRecord, chain: Chain, parentAccountId: string | null): Write[] {
      const { accountId, customerId } = before;
      const holder = accountId === null ? null : { accountId, parentAccountId, isFirst: false };
      return [
        ...saveDevice(before, after),
        {
          kind: "delete",
          key: machineKey(customerId, before.machineId),
          when: [{ attribute: "deviceId", is: before.id }],
        },
        ...(before.state === "pending" || !holder
          ? []
          : countDevice(chain, { id: holder.accountId, parentAccountId }, -1)),
        ...(before.licensed && holder ? (licenceWrites(chain, holder, -1) ?? []) : []),
        ...timerChanges(pointerKey(before.id).pk, {}, { "device-purge": after.purgeAt }),
      ];
    },

    /**
     * Writes that undo that, as far as the customer may have another device; a licence is drawn again where one is free, else it is drawn
     * when it is next asked for. `after` says whether it was. @throws DomainError device_limit; on commit: machine_taken
     */
    markRestored(
      before: DeviceRecord,
      chain: Chain,
      parentAccountId: string | null,
    ): { device: DeviceRecord; writes: Write[] } {
      const { accountId, customerId, deletedFrom } = before;
      const state = deletedFrom?.state ?? "active";
      const holder = accountId === null ? null : { accountId, parentAccountId, isFirst: false };
      const drawn = deletedFrom?.licensed === true && holder ? licenceWrites(chain, holder, 1) : null;
      const device: DeviceRecord = {
        ...before,
        state,
        licensed: drawn !== null,
        deletedAt: null,
        purgeAt: null,
        deletionId: null,
        deletedFrom: null,
        updatedAt: new Date(context.now()).toISOString(),
        version: before.version + 1,
      };
      return {
        device,
        writes: [
          ...saveDevice(before, device),
          insert(
            machineKey(customerId, before.machineId),
            { kind: "machine", deviceId: before.id, accountId },
            refuse("machine_taken", "", "The computer has enrolled anew as another device; delete that one first."),
          ),
          ...(state === "pending" || !holder ? [] : countDevice(chain, { id: holder.accountId, parentAccountId }, 1)),
          ...(drawn ?? []),
          ...timerChanges(pointerKey(before.id).pk, { "device-purge": before.purgeAt }, {}),
        ],
      };
    },

    /** Writes that let a waiting device begin, in the account that it has or is given. @throws DomainError device_limit */
    approve(
      before: DeviceRecord,
      after: DeviceRecord,
      account: AccountRecord,
      accountIsNew: boolean,
      chain: Chain,
    ): Write[] {
      const { customerId, id } = before;
      const moved = before.accountId !== after.accountId;
      if (!moved) return [...saveDevice(before, after), ...countDevice(chain, account, 1)];
      return [
        {
          kind: "delete",
          key: deviceKey(customerId, before.accountId, id),
          when: [{ attribute: "version", is: before.version }],
        },
        ...deviceLinks(before, null),
        ...beginDevice(after, account, accountIsNew, chain),
        {
          kind: "update",
          key: machineKey(customerId, before.machineId),
          set: { accountId: account.id },
          add: {},
          when: [{ attribute: "deviceId", is: id }],
        },
        {
          kind: "update",
          key: pointerKey(id),
          set: { accountId: account.id, parentAccountId: account.parentAccountId },
          add: {},
          when: [{ exists: true }],
        },
      ];
    },

    present: (device: DeviceRecord, chain: Chain): Device => presentDevice(device, chain[0].storageLocation),
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newId: (): string => context.id("device"),
    context,
  };
};
export type DeviceStore = ReturnType<typeof deviceStore>;
