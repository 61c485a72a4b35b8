import type { AccountRecord } from "../../domain/accounts/account.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { refuse } from "../../domain/terms/errors.ts";
import { insertPointer } from "../hierarchy/pointers.ts";
import { deviceKey, machineKey, pointerKey } from "../table/keys.ts";
import { timerChanges } from "../table/timers.ts";
import { insert, type Write } from "../table/writes.ts";
import { beginDevice, countDevice, saveDevice, watch } from "./device-records.ts";
import { licenceWrites } from "./licences.ts";

/** Writes of a new device of an account; its first token comes when it enrols. @throws DomainError device_limit; on commit: machine_taken */
export function insertDevice(device: DeviceRecord, account: AccountRecord, chain: Chain, takenRefuses = true): Write[] {
  return [
    insert(
      machineKey(device.customerId, device.machineId),
      { kind: "machine", deviceId: device.id, accountId: device.accountId },
      takenRefuses
        ? refuse("machine_taken", "machineId", "The customer has a device for this computer already.")
        : undefined,
    ),
    ...beginDevice(device, account, false, chain, null, takenRefuses),
    insertPointer(device.id, chain, { accountId: account.id, parentAccountId: account.parentAccountId }),
  ];
}

/** Writes that let a waiting device begin, in the account that it has or is given. @throws DomainError device_limit */
export function approveDevice(
  before: DeviceRecord,
  after: DeviceRecord,
  account: AccountRecord,
  accountIsNew: boolean,
  chain: Chain,
): Write[] {
  const { customerId, id } = before;
  const moved = before.accountId !== after.accountId;
  if (!moved) return [...saveDevice(before, after), ...countDevice(chain, account, 1), watch(after, chain)];
  return [
    {
      kind: "delete",
      key: deviceKey(customerId, before.accountId, id),
      when: [{ attribute: "version", is: before.version }],
    },
    ...beginDevice(after, account, accountIsNew, chain, before),
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
}

/** Writes that mark a device as deleted: it counts no longer, its licence goes back, its computer may enrol anew. */
export function markDeviceDeleted(
  before: DeviceRecord,
  after: DeviceRecord,
  chain: Chain,
  parentAccountId: string | null,
): Write[] {
  const { accountId, customerId } = before;
  const holder = accountId === null ? null : { accountId, parentAccountId, isFirst: false };
  return [
    ...saveDevice(before, after),
    {
      kind: "delete",
      key: machineKey(customerId, before.machineId),
      when: [{ attribute: "deviceId", is: before.id }],
    },
    ...(before.state === "pending" || !holder ? [] : countDevice(chain, { id: holder.accountId, parentAccountId }, -1)),
    ...(before.licensed && holder ? (licenceWrites(chain, holder, -1) ?? []) : []),
    ...timerChanges(pointerKey(before.id).pk, {}, { "device-purge": after.purgeAt }),
  ];
}

/**
 * Writes that undo that, as far as the customer may have another device; a licence is drawn again where one is free, else it is drawn
 * when it is next asked for. `after` says whether it was. @throws DomainError device_limit; on commit: machine_taken
 */
export function markDeviceRestored(
  before: DeviceRecord,
  chain: Chain,
  parentAccountId: string | null,
  at: string,
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
    updatedAt: at,
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
      ...(state === "pending" ? [] : [watch(device, chain)]),
      ...timerChanges(pointerKey(before.id).pk, { "device-purge": before.purgeAt }, {}),
    ],
  };
}
