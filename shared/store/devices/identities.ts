import { withAttention, withConflict } from "../../domain/devices/attention.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import type { AccountRecord } from "../../domain/accounts/account.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import type { Superseded } from "../../domain/devices/superseded.ts";
import { readChain } from "../hierarchy/chain.ts";
import { type Author, logWrite } from "../hierarchy/log.ts";
import { insertPointer } from "../hierarchy/pointers.ts";
import type { Database } from "../table/database.ts";
import { deviceKey, machineKey, pointerKey } from "../table/keys.ts";
import { insert, type Update, type Write } from "../table/writes.ts";
import { DevicePointer, type SupersededToken } from "./device-tokens.ts";
import { beginDevice, readDevice, saveDevice } from "./device-records.ts";

/**
 * Notes at a device that a computer has called with a token which another has superseded: two computers say that they are this device. The
 * first such call raises it; what is deleted, or has been decided about, raises nothing.
 * @returns whether the device is still there
 */
export async function noteConflict(
  db: Database,
  author: Author,
  { deviceId, pointer, token }: SupersededToken,
): Promise<boolean> {
  const { customerId, accountId, ancestors } = pointer;
  const item = await db.get(deviceKey(customerId, accountId, deviceId));
  const before = item ? readDevice(item) : null;
  if (!before || before.deletedAt !== null) return false;
  const at = new Date(author.now()).toISOString();
  const attention = withConflict(before.attention, [
    { name: before.name, at: token.at },
    { name: token.name, at },
  ]);
  if (token.settled || attention.length === before.attention.length) return true;
  const chain = await readChain(db, customerId, { customerId, ancestors });
  if (!chain) return false;
  await db.commit([
    ...saveDevice(before, { ...before, attention, updatedAt: at }),
    logWrite(author, chain, {
      type: "DeviceIdentityConflict",
      node: { id: deviceId, level: null, name: before.name },
      changes: [{ path: "name", before: token.name, after: before.name }],
    }),
  ]);
  return true;
}

/** The pointer of a device with the tokens that it remembers. */
export async function readDevicePointer(db: Database, deviceId: string): Promise<DevicePointer | null> {
  const item = await db.get(pointerKey(deviceId));
  return item ? DevicePointer.parse(item) : null;
}

/** The write that keeps a device's pointer as it was read, but for the tokens that it remembers. */
const keepTokens = (deviceId: string, pointer: DevicePointer, superseded: readonly Superseded[]): Update => ({
  kind: "update",
  key: pointerKey(deviceId),
  set: { superseded },
  add: {},
  when: [{ attribute: "tokenHash", is: pointer.tokenHash ?? null }],
});

/** A device whose conflict is settled, and the writes of that. `apart`: it is no duplicate of another device either. */
export function settleConflict(
  before: DeviceRecord,
  apart: boolean,
  at: string,
): { device: DeviceRecord; writes: Write[] } {
  const settled = { identity_conflict: false, ...(apart && { possible_duplicate: false }) };
  const attention = withAttention(before.attention, settled, at);
  const device = { ...before, attention, version: before.version + 1, updatedAt: at };
  return { device, writes: saveDevice(before, device) };
}

/** The write after which the computers with superseded tokens stay shut out, and raise nothing any more. */
export const shutOut = (id: string, pointer: DevicePointer): Update =>
  keepTokens(
    id,
    pointer,
    pointer.superseded.map((token) => ({ ...token, settled: true })),
  );

/** The machine ids of two computers are the same after a clone; the record of the second has one that no computer reports. */
const idLength = 200;
const ownMachineId = (machineId: string, supersededAt: string): string => {
  const suffix = `~${Date.parse(supersededAt).toString(36)}`;
  return machineId.slice(0, idLength - suffix.length) + suffix;
};

/**
 * The writes that make the computer with a superseded token a device of its own, in the same account: its token is valid from then on.
 * @throws DomainError device_limit
 */
export function splitOff(
  original: DeviceRecord,
  pointer: DevicePointer,
  token: Superseded,
  account: AccountRecord,
  chain: Chain,
  id: string,
  at: string,
): { device: DeviceRecord; writes: Write[] } {
  const device: DeviceRecord = {
    ...original,
    id,
    version: 1,
    name: token.name,
    machineId: ownMachineId(original.machineId, token.at),
    state: "active",
    licensed: false,
    everLicensed: false,
    usedBytes: 0,
    setCount: 0,
    usageMeasuredAt: null,
    usageHeardAt: null,
    lastSeenAt: null,
    lastSuccessAt: null,
    firstSuccessAt: null,
    lastBackupAt: null,
    failuresInRow: 0,
    seenSince: null,
    attention: [],
    replaces: [],
    createdAt: at,
    updatedAt: at,
  };
  const moved = pointer.superseded.map((known) =>
    known.hash === token.hash ? { ...known, settled: true, movedTo: id } : { ...known, settled: true },
  );
  return {
    device,
    writes: [
      ...beginDevice(device, account, false, chain),
      insert(machineKey(device.customerId, device.machineId), {
        kind: "machine",
        deviceId: id,
        accountId: device.accountId,
      }),
      insertPointer(id, chain, {
        accountId: account.id,
        parentAccountId: account.parentAccountId,
        tokenHash: token.hash,
      }),
      keepTokens(original.id, pointer, moved),
    ],
  };
}
