import type * as z from "zod";
import type { Applicant } from "../../domain/devices/admission.ts";
import { type Device, type DeviceRecord, presentDevice } from "../../domain/devices/device.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { accountStore } from "../accounts/accounts.ts";
import { type LogEvent, logWrite } from "../hierarchy/log.ts";
import { loadPlace, type Pointer } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { accountKey, deviceKey, deviceRefKey, machineKey } from "../table/keys.ts";
import { type Check, Stale, type Write } from "../table/writes.ts";
import { approveDevice, insertDevice, markDeviceDeleted, markDeviceRestored } from "./device-changes.ts";
import { type DeviceFilter, type DeviceOwner, listDevices } from "./device-lists.ts";
import { MachineItem, readDevice, saveDevice } from "./device-records.ts";

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
    /** The same, unless it is on its way to another customer: where its data lie is then not settled. @throws DomainError not_found */
    async loadSettled(id: string): Promise<{ device: DeviceRecord; chain: Chain }> {
      const { read, chain, transit } = await loadPlace(context, id, "device", false, ({ customerId, accountId }) =>
        db.get(deviceKey(customerId, accountId, id)),
      );
      if (!read || transit) throw notFound("device");
      return { device: readDevice(read), chain };
    },
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

    /** A page of the devices of a customer or an account. @throws DomainError not_found */
    list: (where: DeviceOwner, filter: DeviceFilter, limit: number, after: string | null) =>
      listDevices(context, where, filter, limit, after),

    /** The device of a computer of a customer, null where it has none. */
    async findMachine(customerId: string, machineId: string): Promise<z.infer<typeof MachineItem> | null> {
      const item = await db.get(machineKey(customerId, machineId));
      return item ? MachineItem.parse(item) : null;
    },

    /** The device that has a reference in an account, null where none has. */
    async findByRef(accountId: string, ref: string): Promise<string | null> {
      const item = await db.get(deviceRefKey(accountId, ref));
      return item ? String(item["deviceId"]) : null;
    },

    /** @throws Stale where a device of the account has got a reference by now, which had none when it was looked for */
    async lookAgainIfReferred(accountId: string, ref: string): Promise<void> {
      if (await db.fresh().get(deviceRefKey(accountId, ref)))
        throw new Stale("There is a device with the reference by now.");
    },

    insert: insertDevice,
    save: saveDevice,
    /** The condition that a device is what it was when it was read, and its data are not being removed. */
    unchanged: ({ customerId, accountId, id, version }: DeviceRecord): Check => ({
      kind: "check",
      key: deviceKey(customerId, accountId, id),
      when: [
        { attribute: "version", is: version },
        { attribute: "purgeStartedAt", is: null },
      ],
    }),
    approve: approveDevice,
    markDeleted: markDeviceDeleted,
    markRestored: (before: DeviceRecord, chain: Chain, parentAccountId: string | null) =>
      markDeviceRestored(before, chain, parentAccountId, new Date(context.now()).toISOString()),
    present: (device: DeviceRecord, chain: Chain): Device => presentDevice(device, chain[0]),
    log: (chain: Chain, event: LogEvent): Write => logWrite(context, chain, event),
    now: (): number => context.now(),
    newId: (): string => context.id("device"),
    storage: context.storage,
    context,
  };
};
export type DeviceStore = ReturnType<typeof deviceStore>;
