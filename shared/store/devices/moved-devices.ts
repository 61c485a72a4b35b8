import type { BackupSet } from "../../domain/devices/backup-set.ts";
import { foreignAfter } from "../../domain/devices/data-place.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { refuse } from "../../domain/terms/errors.ts";
import { pointTo } from "../hierarchy/pointers.ts";
import { deviceKey, machineKey, setKey } from "../table/keys.ts";
import { insert, type Write } from "../table/writes.ts";
import { countForeign, keepData } from "./foreign-data.ts";
import { asRead, deviceLinks } from "./device-records.ts";

/** Where a device goes: its customer's chain, its account, and the parent account of that. */
export interface Destination {
  chain: Chain;
  accountId: string;
  parentAccountId: string | null;
}

/** A device as it is once it has moved. Its data stay where they are. */
export const movedDevice = (device: DeviceRecord, from: Chain, to: Destination, at: string): DeviceRecord => ({
  ...device,
  customerId: to.chain[0].id,
  accountId: to.accountId,
  foreignData: foreignAfter(device, from[0], to.chain[0].id),
  // The other computer is a device of the customer that it leaves.
  attention:
    from[0].id === to.chain[0].id
      ? device.attention
      : device.attention.filter(({ code }) => code !== "possible_duplicate"),
  version: device.version + 1,
  arrivedAt: at,
  updatedAt: at,
});

/** Writes that put backup sets where their device is. Where their data lie stays as it is. */
const setsAlong = (sets: readonly BackupSet[], { chain, accountId }: Destination, at: string): Write[] =>
  sets.flatMap((set): Write[] => {
    const customerId = chain[0].id;
    return [
      {
        kind: "delete",
        key: setKey(set.customerId, set.accountId, set.deviceId, set.id),
        when: [{ attribute: "version", is: set.version }],
      },
      insert(setKey(customerId, accountId, set.deviceId, set.id), {
        kind: "set",
        ...set,
        customerId,
        accountId,
        version: set.version + 1,
        updatedAt: at,
      }),
      pointTo(set.id, chain, { accountId, deviceId: set.deviceId }),
    ];
  });

/** The writes that guard whose device a computer is, where the device is another customer's from then on. A deleted one has given its computer free. */
function machineAlong(before: DeviceRecord, { chain, accountId }: Destination): Write[] {
  const { id, machineId, customerId } = before;
  if (before.deletedAt !== null) return [];
  if (customerId === chain[0].id)
    return [
      {
        kind: "update",
        key: machineKey(customerId, machineId),
        set: { accountId },
        add: {},
        when: [{ attribute: "deviceId", is: id }],
      },
    ];
  return [
    { kind: "delete", key: machineKey(customerId, machineId), when: [{ attribute: "deviceId", is: id }] },
    insert(
      machineKey(chain[0].id, machineId),
      { kind: "machine", deviceId: id, accountId },
      refuse("machine_taken", "", "The customer has a device for this computer already."),
    ),
  ];
}

/**
 * Writes that put a device with its sets under another account, of the same customer or of another: as it was read, with its links, its computer and
 * its pointer. What accounts and customers count is not among them. @throws on commit: machine_taken
 */
export function moveDevice(
  before: DeviceRecord,
  sets: readonly BackupSet[],
  from: Chain,
  to: Destination,
  at: string,
): { device: DeviceRecord; writes: Write[] } {
  const device = movedDevice(before, from, to, at);
  const { id, customerId, accountId } = before;
  return {
    device,
    writes: [
      { kind: "delete", key: deviceKey(customerId, accountId, id), when: asRead(before) },
      insert(deviceKey(device.customerId, device.accountId, id), { kind: "device", ...device }),
      ...deviceLinks(before, device),
      ...machineAlong(before, to),
      // Its token stands here too, and stays.
      pointTo(id, to.chain, { accountId: to.accountId, parentAccountId: to.parentAccountId }),
      ...setsAlong(sets, to, at),
      ...keepData([before], [device]),
      ...countForeign(before, device),
    ],
  };
}
