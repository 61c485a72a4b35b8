import { planLicence } from "../../domain/devices/admission.ts";
import type { BackupSet } from "../../domain/devices/backup-set.ts";
import { withDuplicate } from "../../domain/devices/attention.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import { normaliseName } from "../../domain/terms/names.ts";
import { commitShares } from "../hierarchy/customers.ts";
import { countDevices } from "../hierarchy/device-pools.ts";
import { findPointer } from "../hierarchy/pointers.ts";
import type { Database } from "../table/database.ts";
import type { QueryInput } from "../table/queries.ts";
import {
  accountKey,
  customerKey,
  deviceKey,
  deviceRefKey,
  machineKey,
  namesakePrefix,
  pointerKey,
} from "../table/keys.ts";
import { timerChanges } from "../table/timers.ts";
import { type Item, itemBytes } from "../table/units.ts";
import { type Condition, insert, type Write } from "../table/writes.ts";
import { moveSets, readSet, readSetItems } from "./backup-sets.ts";
import { countForeign, keepData } from "./foreign-data.ts";
import { lendWrites } from "./lending.ts";
import { asRead, DeviceLink, deviceLinks, readDevice, saveDevice, watch } from "./device-records.ts";

/** Of how many devices of one name those that enrolled last are looked at. */
const namesakesAtMost = 5;
const namesakes = (customerId: string, name: string): QueryInput => ({
  pk: customerId,
  prefix: namesakePrefix(name),
  limit: namesakesAtMost,
  newestFirst: true,
});

const linked = async (db: Database, customerId: string, name: string): Promise<DeviceLink[]> =>
  (await db.query(namesakes(customerId, name))).items.map((item) => DeviceLink.parse(item));
const recordKey = (customerId: string, { id, accountId }: DeviceLink) => deviceKey(customerId, accountId, id);

/** Starts reading which devices of a customer have a computer's name. */
export function prefetchNamesakes(db: Database, customerId: string, name: string): void {
  db.prefetchQuery(namesakes(customerId, name));
  linked(db, customerId, name)
    .then((links) => db.prefetch(links.flatMap((link) => [recordKey(customerId, link), pointerKey(link.id)])))
    // Whoever asks for them sees the failure.
    .catch(() => undefined);
}

/**
 * The device that a new computer may have been before its system was installed anew: the last one of its name, of the same customer and
 * leading account. Null where there is none. `leadingId` null: the computer has no account yet, so any will do.
 */
export async function findPredecessor(
  db: Database,
  customerId: string,
  name: string,
  leadingId: string | null,
): Promise<DeviceRecord | null> {
  const links = await linked(db, customerId, name);
  const found = await Promise.all(
    links.map(async (link): Promise<DeviceRecord | null> => {
      const [item, pointer] = await Promise.all([db.get(recordKey(customerId, link)), findPointer(db, link.id)]);
      if (!item || !pointer) return null;
      const device = readDevice(item);
      const leads = pointer.parentAccountId ?? pointer.accountId;
      const same = normaliseName(device.name) === normaliseName(name) && (leadingId === null || leads === leadingId);
      return same && device.deletedAt === null && device.state !== "pending" ? device : null;
    }),
  );
  return found.find((device) => device !== null) ?? null;
}

/** The writes that say of a device that a newer one may be the same computer. */
export const suspectDuplicate = (older: DeviceRecord, newerId: string, at: string): Write[] =>
  saveDevice(older, { ...older, attention: withDuplicate(older.attention, newerId, at), updatedAt: at });

/** Backup sets that one replacement moves: each takes three writes, of the hundred that a transaction may have. */
export const setsMovedAtMost = 20;
/** Bytes of their records: a transaction may have 4 MB in all. */
const bytesMovedAtMost = 3_000_000;

/** The backup sets that change their place when one device replaces another. @throws DomainError too_many */
export async function setsToMove(
  db: Database,
  older: DeviceRecord,
  newer: DeviceRecord,
): Promise<{ ofOlder: BackupSet[]; ofNewer: BackupSet[] }> {
  const itemsOf = ({ customerId, accountId, id }: DeviceRecord): Promise<Item[]> =>
    readSetItems(db, { customerId, accountId, deviceId: id });
  const stays = older.accountId === newer.accountId;
  const [ofOlder, ofNewer] = await Promise.all([itemsOf(older), stays ? [] : itemsOf(newer)]);
  const moving = [...ofOlder, ...ofNewer];
  const bytes = moving.reduce((sum, item) => sum + itemBytes(item), 0);
  if (moving.length > setsMovedAtMost || bytes > bytesMovedAtMost)
    throw new DomainError(
      "too_many",
      `A replacement moves at most ${setsMovedAtMost} backup sets, with ${bytesMovedAtMost} bytes of settings; here it would be ${moving.length}, with ${bytes}.`,
    );
  return { ofOlder: ofOlder.map(readSet), ofNewer: ofNewer.map(readSet) };
}

/** Where a device stands: its account, and the parent account of that. */
interface Place {
  accountId: string | null;
  parentAccountId: string | null;
}
/** A device before and after a replacement, and where it stood. */
interface Replaced {
  before: DeviceRecord;
  after: DeviceRecord;
  place: Place;
}

/** What agents change, which does not travel with a save. */
const reported = ({ usedBytes, setCount, lastSuccessAt, lastBackupAt, failuresInRow }: DeviceRecord) => ({
  usedBytes,
  setCount,
  lastSuccessAt,
  lastBackupAt,
  failuresInRow,
});
const saveAll = ({ before, after }: Replaced): Write[] => [
  ...saveDevice(before, after),
  {
    kind: "update",
    key: deviceKey(before.customerId, before.accountId, before.id),
    set: reported(after),
    add: {},
    when: asRead(before),
  },
];

/** Writes that bring a device to the account in which it is from now on. */
function settle({ before, after }: Replaced, { accountId, parentAccountId }: Place): Write[] {
  const { id, customerId, machineId } = before;
  return [
    { kind: "delete", key: deviceKey(customerId, before.accountId, id), when: asRead(before) },
    insert(deviceKey(customerId, accountId, id), { kind: "device", ...after }),
    ...deviceLinks(before, after),
    {
      kind: "update",
      key: machineKey(customerId, machineId),
      set: { accountId },
      add: {},
      when: [{ attribute: "deviceId", is: id }],
    },
    // Its token stands here too, and stays.
    { kind: "update", key: pointerKey(id), set: { accountId, parentAccountId }, add: {}, when: [{ exists: true }] },
  ];
}

type Counted = "deviceCount" | "devicesHeld" | "licencesUsed" | "licencesUsedToDate" | "usedBytes";

/**
 * What the accounts count more or less once the newer device stands in the older one's place. Their use is counted here too, since the stream
 * leaves a replacement out.
 */
function accountWrites(customerId: string, older: Replaced, newer: Replaced): Write[] {
  const sums = new Map<string, Record<Counted, number>>();
  const add = (id: string | null, counts: boolean, device: DeviceRecord, times: 1 | -1, own: boolean): void => {
    if (id === null) return;
    const sum = sums.get(id) ?? {
      deviceCount: 0,
      devicesHeld: 0,
      licencesUsed: 0,
      licencesUsedToDate: 0,
      usedBytes: 0,
    };
    const one = counts ? times : 0;
    sums.set(id, {
      deviceCount: sum.deviceCount + (own ? one : 0),
      devicesHeld: sum.devicesHeld + one,
      licencesUsed: sum.licencesUsed + (device.licensed ? times : 0),
      licencesUsedToDate: sum.licencesUsedToDate,
      usedBytes: sum.usedBytes + (own ? times * device.usedBytes : 0),
    });
  };
  const count = ({ accountId, parentAccountId }: Place, device: DeviceRecord, times: 1 | -1): void => {
    add(accountId, device.state !== "pending", device, times, true);
    add(parentAccountId, device.state !== "pending", device, times, false);
  };
  const drewFirst = ({ accountId }: Place, times: 1 | -1): void => {
    const sum = accountId !== null && newer.before.everLicensed ? sums.get(accountId) : undefined;
    if (sum) sum.licencesUsedToDate += times;
  };
  count(older.place, older.before, -1);
  count(newer.place, newer.before, -1);
  count(older.place, newer.after, 1);
  // What the older one has drawn to date stays where it is.
  drewFirst(newer.place, -1);
  drewFirst(older.place, 1);
  return [...sums].map(([id, sum]): Write => {
    const by = Object.fromEntries(Object.entries(sum).filter(([, value]) => value !== 0));
    const key = accountKey(customerId, id);
    const when: Condition[] = [{ exists: true }, { attribute: "deletedAt", is: null }];
    return Object.keys(by).length === 0
      ? { kind: "check", key, when }
      : { kind: "update", key, set: {}, add: by, when };
  });
}

/** The writes by which one device takes over what another had: all of them in one transaction. */
export function replaceDevice(
  chain: Chain,
  older: Replaced,
  newer: Replaced,
  sets: { ofOlder: readonly BackupSet[]; ofNewer: readonly BackupSet[] },
): Write[] {
  const { id, customerId, machineId } = older.before;
  const { accountId } = newer.after;
  if (accountId === null) throw new Error("A device that replaces another stands in that one's account.");
  const pool = older.before.licensed && newer.before.licensed ? planLicence(chain, -1) : null;
  return handOver(older, newer, [
    ...saveAll(older),
    { kind: "delete", key: machineKey(customerId, machineId), when: [{ attribute: "deviceId", is: id }] },
    ...timerChanges(pointerKey(id).pk, {}, { "device-purge": older.after.purgeAt }),
    ...(newer.place.accountId === accountId ? saveAll(newer) : settle(newer, older.place)),
    // One that waited has taken no place yet: it gets the older one's.
    ...(newer.before.state === "pending" ? [watch(newer.after, chain)] : countDevices(chain, -1)),
    ...(pool ? commitShares("licences", pool, chain) : []),
    ...(pool
      ? [
          {
            kind: "update" as const,
            key: customerKey(customerId),
            set: {},
            add: { licencesUsed: -1 },
            // The place that goes back has conditions of this customer too.
            when: [],
          },
        ]
      : []),
    ...accountWrites(customerId, older, newer),
    ...keepData([older.before, newer.before], [older.after, newer.after]),
    ...countForeign(older.before, older.after),
    ...countForeign(newer.before, newer.after),
    ...lendWrites([older.before, newer.before], [older.after, newer.after]),
    ...moveSets([...sets.ofOlder, ...sets.ofNewer], accountId, newer.after.id, newer.after.updatedAt),
  ]);
}

/** The same writes with one for the reference that goes from one device to the other, instead of its removal and its insert. */
function handOver(older: Replaced, newer: Replaced, writes: Write[]): Write[] {
  const { accountId, externalRef: ref, id } = older.before;
  if (accountId === null || ref === null || newer.after.externalRef !== ref) return writes;
  const { pk } = deviceRefKey(accountId, ref);
  const rest = writes.filter(({ key }) => key.pk !== pk);
  const key = deviceRefKey(accountId, ref);
  const when: Condition[] = [{ attribute: "deviceId", is: id }];
  return [...rest, { kind: "update", key, set: { deviceId: newer.after.id }, add: {}, when }];
}
