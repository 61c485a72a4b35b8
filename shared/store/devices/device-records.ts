import * as z from "zod";
import type { AccountRecord } from "../../domain/accounts/account.ts";
import { DeviceRecord } from "../../domain/devices/device.ts";
import { firstLook } from "../../domain/devices/looks.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { AccountId, DeviceId } from "../../domain/terms/ids.ts";
import { watchRules } from "../../domain/terms/settings.ts";
import { refuse } from "../../domain/terms/errors.ts";
import { countDevices } from "../hierarchy/device-pools.ts";
import {
  accountKey,
  deviceKey,
  deviceReasonKey,
  deviceRefKey,
  type DeviceView,
  type Key,
  deviceViewKey,
  namesakeKey,
  pointerKey,
} from "../table/keys.ts";
import { timerPut } from "../table/timers.ts";
import type { Item } from "../table/units.ts";
import { type Condition, insert, type Write } from "../table/writes.ts";

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
/** Why a device cannot have a reference. */
export const deviceRefTaken = (ref: string) =>
  refuse("external_ref_taken", "externalRef", `The reference "${ref}" is taken by another device of this account.`);

interface Link {
  key: Key;
  item: Item;
  /** What to throw where the key is taken. */
  otherwise?: Error;
}
const linksOf = (device: DeviceRecord): Link[] => [...viewLinksOf(device), ...refLinkOf(device)];
/** A device that waits for its account gets its reference with that. */
const refLinkOf = ({ id, accountId, externalRef: ref }: DeviceRecord): Link[] =>
  accountId === null || ref === null
    ? []
    : [
        {
          key: deviceRefKey(accountId, ref),
          item: { kind: "device-ref", deviceId: id },
          otherwise: deviceRefTaken(ref),
        },
      ];
const viewLinksOf = (device: DeviceRecord): Link[] => {
  const { id, customerId, accountId, name, deletedAt, arrivedAt } = device;
  const reasons = deletedAt === null ? device.attention : [];
  return [
    ...viewsOf(device).map((view) => deviceViewKey(customerId, view, accountId, id)),
    ...reasons.map(({ code, since }) => deviceReasonKey(customerId, code, since, id)),
    ...(deletedAt === null ? [namesakeKey(customerId, name, accountId, id)] : []),
  ].map((key) => ({ key, item: { kind: "device-link", id, accountId, arrivedAt } }));
};
/**
 * The writes that bring a device's links from one state of its record to another; null: it is new, or gone from there.
 * @param takenRefuses whether a reference that is taken refuses the change on commit, or calls for another look
 */
export function deviceLinks(before: DeviceRecord | null, after: DeviceRecord | null, takenRefuses = true): Write[] {
  const place = ({ pk, sk }: { pk: string; sk: string }): string => `${pk}\n${sk}`;
  const old = new Map((before ? linksOf(before) : []).map((link) => [place(link.key), link]));
  const writes: Write[] = [];
  const tells = ({ item }: { item: object }): string => JSON.stringify(item);
  for (const link of after ? linksOf(after) : []) {
    const there = old.get(place(link.key));
    old.delete(place(link.key));
    if (!there) writes.push(insert(link.key, link.item, takenRefuses ? link.otherwise : undefined));
    // A link by a reason stays where it is when the device gets another account of the same customer, and has to tell of that.
    else if (tells(there) !== tells(link))
      writes.push({ kind: "put", key: link.key, item: { ...link.item, ...link.key }, when: [{ exists: true }] });
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

/** The write after which a device is looked at when time alone can have given it a reason for attention. It begins with its last change. */
export const watch = ({ id, updatedAt }: DeviceRecord, chain: Chain): Write =>
  timerPut(pointerKey(id).pk, "attention", firstLook(watchRules(chain), Date.parse(updatedAt)));

/**
 * Writes of a device that counts from now on: at its account, on the condition that it is there, and at its customer. `before`: as it stood in
 * another place, where it waited.
 * @throws DomainError device_limit
 */
export const beginDevice = (
  device: DeviceRecord,
  account: AccountRecord,
  accountIsNew: boolean,
  chain: Chain,
  before: DeviceRecord | null = null,
  takenRefuses = true,
): Write[] => [
  ...countDevice(chain, account, 1, accountIsNew),
  ...deviceLinks(before, device, takenRefuses),
  watch(device, chain),
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
  "failuresInRow",
  "seenSince",
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

/** Conditions that neither the computer nor anybody else has changed a device since it was read. */
export const asRead = (device: DeviceRecord): Condition[] => [
  { attribute: "version", is: device.version },
  { attribute: "lastSeenAt", is: device.lastSeenAt },
  { attribute: "usageMeasuredAt", is: device.usageMeasuredAt },
  { attribute: "usedBytes", counts: device.usedBytes },
  { attribute: "setCount", counts: device.setCount },
];
