import { AccountRecord } from "../../domain/accounts/account.ts";
import { changesAttention, withAttention } from "../../domain/devices/attention.ts";
import { type Applicant, isExpectedToBackUp, planLicence } from "../../domain/devices/admission.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import { lookAt } from "../../domain/devices/looks.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { watchRules } from "../../domain/terms/settings.ts";
import { readPlans } from "../accounts/plans.ts";
import { readChain } from "../hierarchy/chain.ts";
import { isOnItsWay } from "../../domain/hierarchy/transit.ts";
import { findPointer, type Pointer, transitOf } from "../hierarchy/pointers.ts";
import type { Database } from "../table/database.ts";
import { accountKey, customerKey, deviceKey, idOfPointer, type Key, pointerKey } from "../table/keys.ts";
import { type DueTimer, laterIfDeleted } from "../table/sweep.ts";
import { timerPut } from "../table/timers.ts";
import type { Write } from "../table/writes.ts";
import { readDevice, saveDevice } from "./device-records.ts";

/** How long the look at a device is put off that is on its way to another customer. */
const movingMs = 10 * 60_000;

/** What a look at a device reads, as far as its pointer tells of it. */
const around = (id: string, { customerId, ancestors, accountId, parentAccountId }: Pointer): Key[] => [
  ...[customerId, ...ancestors].map(customerKey),
  deviceKey(customerId, accountId, id),
  ...[accountId, parentAccountId].flatMap((at) => (at === null ? [] : [accountKey(customerId, at)])),
];

/**
 * The device whose timer has come, with all that decides whether it may back up; null where it is not there any more, or waits; `moving` where it is
 * on its way to another customer.
 */
async function placeOf(db: Database, id: string): Promise<Applicant | "moving" | null> {
  const pointer = await findPointer(db, id);
  if (!pointer || pointer.accountId === null) return null;
  const { customerId, ancestors, accountId } = pointer;
  db.prefetch(around(id, pointer));
  const accountAt = async (at: string): Promise<AccountRecord | null> => {
    const item = await db.get(accountKey(customerId, at));
    return item ? AccountRecord.parse(item) : null;
  };
  const [chain, item, account, plans] = await Promise.all([
    readChain(db, customerId, { customerId, ancestors }),
    db.get(deviceKey(customerId, accountId, id)),
    accountAt(accountId),
    readPlans(db),
  ]);
  if (chain && isOnItsWay(await transitOf(db, chain[0]), customerId, accountId)) return "moving";
  if (!chain || !item || !account) return null;
  const parent = account.parentAccountId === null ? null : await accountAt(account.parentAccountId);
  return { device: readDevice(item), account, parent, plans, chain };
}

/** The writes of a look at a device: what is raised or settled, if anything is, and when to look again. */
function writesOf(place: Applicant, now: number): Write[] {
  const { device, chain } = place;
  const standing = { mayBackUp: isExpectedToBackUp(place, now), licenceFree: isLicenceFree(device, chain) };
  const { changes, next } = lookAt(device, standing, watchRules(chain), now);
  const at = new Date(now).toISOString();
  return [
    timerPut(pointerKey(device.id).pk, "attention", next),
    ...(changesAttention(device.attention, changes)
      ? saveDevice(device, { ...device, attention: withAttention(device.attention, changes, at), updatedAt: at })
      : []),
  ];
}
const isLicenceFree = (device: DeviceRecord, chain: Chain): boolean =>
  device.licensed || planLicence(chain, 1) !== null;

/** What the handling of a timer begins with. */
export const pointerOf = ({ ownerPk }: DueTimer): Key[] => [pointerKey(idOfPointer(ownerPk))];

/**
 * The writes of a device whose time has come to be looked at. A device that is deleted, or is not there any more, is not looked at again: whatever
 * brings it back sets its timer anew.
 */
export async function look(timer: DueTimer, db: Database, now: number): Promise<Write[]> {
  const place = await placeOf(db, idOfPointer(timer.ownerPk));
  if (place === "moving") return [timerPut(timer.ownerPk, "attention", new Date(now + movingMs).toISOString())];
  if (!place || place.device.deletedAt !== null) return [];
  return laterIfDeleted(timer, place.chain, now) ?? writesOf(place, now);
}
