import { AccountRecord } from "../../domain/accounts/account.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { isOnItsWay, Transit } from "../../domain/hierarchy/transit.ts";
import { carryContact } from "../accounts/contacts.ts";
import { readSet, readSetItems } from "../devices/backup-sets.ts";
import { readDevice } from "../devices/device-records.ts";
import { moveDevice } from "../devices/moved-devices.ts";
import { readChain } from "../hierarchy/chain.ts";
import { findPointer } from "../hierarchy/pointers.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import {
  accountKey,
  customerKey,
  deviceKey,
  devicePrefix,
  idOfPointer,
  pointerKey,
  timerKey,
  transitKey,
} from "../table/keys.ts";
import { persist } from "../table/persist.ts";
import { type Condition, mergeUpdates, Stale, type Write } from "../table/writes.ts";
import { relocate, writesAtMost } from "./account-moves.ts";

/*
 * What is on its way from one customer to another follows its account in steps of one transaction each: the sub-accounts, then the devices with
 * their sets. A step moves what is still at the old place, so what has been done shows in what is left: whoever takes a move up again, or works
 * at it beside another, goes on where it stands. The last step takes away what says of both customers that something is on its way.
 */

/** One turn of work at a move. */
export interface TransitTurn {
  open: () => Database;
  clock: () => number;
  /** When the turn ends, in milliseconds since the epoch; another one goes on. */
  until: number;
  random: () => number;
  context: Omit<WorkContext, "db">;
}
type Turn = Pick<TransitTurn, "open" | "clock" | "random" | "context">;

/** Devices that are read for one step. More than fit in one transaction are left to the next. */
const devicesAtOnce = 12;

/** The way that something goes: both chains as they stand; null where one of the customers has been removed for good. */
async function waysOf(db: Database, { fromId, toId }: Transit): Promise<{ from: Chain; to: Chain } | null> {
  db.prefetch([fromId, toId].map(customerKey));
  const [from, to] = await Promise.all([readChain(db, fromId), readChain(db, toId)]);
  return from && to ? { from, to } : null;
}

/** Writes that add what an account uses, and has used to date, to one customer and take it from the other. */
function usedAlong({ fromId, toId }: Transit, { usedBytes, licencesUsedToDate }: AccountRecord): Write[] {
  const used = Object.entries({ usedBytes, licencesUsedToDate }).filter(([, count]) => count !== 0);
  if (used.length === 0) return [];
  return [[fromId, -1] as const, [toId, 1] as const].map(([id, sign]) => ({
    kind: "update",
    key: customerKey(id),
    set: {},
    add: Object.fromEntries(used.map(([name, count]) => [name, sign * count])),
    when: [{ exists: true }],
  }));
}

/** Moves a sub-account behind its parent account. @returns false where it is not at the old place any more */
const bringAccount = ({ open, clock, random, context }: Turn, about: Transit, id: string): Promise<boolean> =>
  persist(random, async () => {
    const db = open();
    db.prefetch([accountKey(about.fromId, id), transitKey(about.fromId)]);
    const [item, ways, now] = await Promise.all([
      db.get(accountKey(about.fromId, id)),
      waysOf(db, about),
      db.get(transitKey(about.fromId)),
    ]);
    if (!item || !ways || now?.["moveId"] !== about.moveId) return false;
    const transit = Transit.parse(now);
    const account = AccountRecord.parse(item);
    const carried = await carryContact({ ...context, db }, account, ways.to, transit.accountIds, transit.copied);
    const at = new Date(clock()).toISOString();
    const after: AccountRecord = {
      ...account,
      customerId: transit.toId,
      contactId: carried.contactId,
      parentAccountId: transit.leadingId,
      version: account.version + 1,
      arrivedAt: at,
      updatedAt: at,
    };
    const asRead: Condition[] = [
      { attribute: "moveId", is: transit.moveId },
      { attribute: "copies", counts: Number(now["copies"] ?? 0) },
    ];
    await db.commit([
      ...relocate(account, after, ways.to),
      ...carried.writes,
      ...usedAlong(transit, account),
      // Two that copy the same contact at once would make two copies.
      ...(carried.copied === transit.copied
        ? [{ kind: "check" as const, key: transitKey(transit.fromId), when: asRead }]
        : [
            {
              kind: "update" as const,
              key: transitKey(transit.fromId),
              set: { copied: carried.copied },
              add: { copies: 1 },
              when: asRead,
            },
          ]),
    ]);
    return true;
  });

/** The writes that move devices of one account, as many as one transaction takes, at least one. */
async function deviceWrites(
  db: Database,
  transit: Transit,
  ways: { from: Chain; to: Chain },
  devices: readonly DeviceRecord[],
  at: string,
): Promise<Write[]> {
  const sets = await Promise.all(
    devices.map(async ({ customerId, accountId, id }) =>
      (await readSetItems(db, { customerId, accountId, deviceId: id })).map(readSet),
    ),
  );
  let writes: Write[] = [];
  for (const [index, device] of devices.entries()) {
    const { accountId } = device;
    if (accountId === null) throw new Error("A device that is moved with its account has one.");
    const parentAccountId = accountId === transit.leadingId ? null : transit.leadingId;
    const destination = { chain: ways.to, accountId, parentAccountId };
    const more = [...writes, ...moveDevice(device, sets[index] ?? [], ways.from, destination, at).writes];
    if (writes.length > 0 && mergeUpdates(more).length > writesAtMost) break;
    writes = more;
  }
  return writes;
}

/** Moves some devices behind their account: one that is named, or the first ones that are left. @returns false where there are none */
const bringDevices = (
  { open, clock, random }: Turn,
  about: Transit,
  accountId: string,
  deviceId?: string,
): Promise<boolean> =>
  persist(random, async () => {
    const db = open();
    const at = { pk: about.fromId, prefix: devicePrefix(accountId), limit: devicesAtOnce };
    const [found, ways] = await Promise.all([
      deviceId === undefined
        ? db.query(at).then(({ items }) => items)
        : db.getAll([deviceKey(about.fromId, accountId, deviceId)]),
      waysOf(db, about),
    ]);
    const devices = found.flatMap((item) => (item ? [readDevice(item)] : []));
    if (devices.length === 0 || !ways) return false;
    await db.commit(await deviceWrites(db, about, ways, devices, new Date(clock()).toISOString()));
    return true;
  });

/** Says that nothing is on its way any more. Whoever comes later finds that it has been said. */
const arrive = ({ open, random }: Turn, transit: Transit): Promise<void> =>
  persist(random, async () => {
    const db = open();
    const { fromId, toId, leadId, moveId } = transit;
    const ends = [fromId, toId];
    const [lead, ...found] = await db.getAll([
      accountKey(toId, leadId),
      ...ends.map(customerKey),
      ...ends.map(transitKey),
    ]);
    const writes = ends.flatMap((id, index): Write[] => {
      const [customer, notice] = [found[index], found[index + ends.length]];
      const is = [{ attribute: "moveId", is: moveId }];
      return [
        ...(customer?.["moveId"] === moveId
          ? [{ kind: "update" as const, key: customerKey(id), set: { moveId: null }, add: {}, when: is }]
          : []),
        ...(notice?.["moveId"] === moveId ? [{ kind: "delete" as const, key: transitKey(id), when: is }] : []),
      ];
    });
    await db.commit([
      ...writes,
      ...(lead?.["moveId"] === moveId
        ? [
            {
              kind: "update" as const,
              key: accountKey(toId, leadId),
              set: { moveId: null },
              add: {},
              when: [{ attribute: "moveId", is: moveId } as const],
            },
          ]
        : []),
      { kind: "delete", key: timerKey(pointerKey(leadId).pk, "account-move"), when: [] },
    ]);
  });

/**
 * Brings to its new place what follows an account, until all of it is there.
 * @returns false where the turn ended first
 */
export async function goOn(turn: TransitTurn, transit: Transit): Promise<boolean> {
  const isOver = (): boolean => turn.clock() >= turn.until;
  for (const id of transit.accountIds) {
    if (isOver()) return false;
    if (id !== transit.leadId) await bringAccount(turn, transit, id);
  }
  for (const id of transit.accountIds) while (await bringDevices(turn, transit, id)) if (isOver()) return false;
  await arrive(turn, transit);
  return true;
}

/** Brings one thing along that somebody is about to change: a sub-account, a device, or a backup set with its device. */
export async function bringOne(turn: Turn, transit: Transit, id: string): Promise<void> {
  if (transit.accountIds.includes(id)) {
    await bringAccount(turn, transit, id);
    return;
  }
  const pointer = await findPointer(turn.open(), id);
  if (!pointer) throw new Stale("It is not there any more.");
  const { customerId, accountId, deviceId } = pointer;
  if (accountId === null || !isOnItsWay(transit, customerId, accountId)) return;
  // A device stands where its account does: a sub-account that has not followed yet goes first.
  if (accountId !== transit.leadId) await bringAccount(turn, transit, accountId);
  await bringDevices(turn, transit, accountId, deviceId ?? id);
}

/**
 * What is on its way behind an account whose timer has come; null: nothing any more, and then the timer goes.
 * @param ownerPk the partition of the timer: that of the account's pointer
 */
export async function transitOfLead({ open }: Pick<Turn, "open">, ownerPk: string): Promise<Transit | null> {
  const db = open();
  const leadId = idOfPointer(ownerPk);
  const pointer = await findPointer(db, leadId);
  const item = pointer && (await db.get(transitKey(pointer.customerId)));
  const transit = item ? Transit.parse(item) : null;
  if (transit?.leadId === leadId) return transit;
  await db.commit([{ kind: "delete", key: timerKey(ownerPk, "account-move"), when: [] }]);
  return null;
}
