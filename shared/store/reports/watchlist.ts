import * as z from "zod";
import { isOnItsWay } from "../../domain/hierarchy/transit.ts";
import { transitOf } from "../hierarchy/pointers.ts";
import {
  type Attention,
  AttentionCode,
  type AttentionCounts,
  attentionCounts,
  worst,
} from "../../domain/devices/attention.ts";
import { type DeviceRecord, presentDevice } from "../../domain/devices/device.ts";
import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import type { WatchlistItem } from "../../domain/reports/watchlist.ts";
import { readDevice } from "../devices/device-records.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { readRecords } from "../hierarchy/lists/link-pages.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { accountKey, customerKey, deviceKey } from "../table/keys.ts";
import { devicesWith, type Found, WalkPosition } from "./watch-walk.ts";

/** Where a watchlist goes on: in the walk for a reason, or at its beginning. */
export const WatchPosition = z.object({ code: AttentionCode, at: WalkPosition.nullable() });
export type WatchPosition = z.infer<typeof WatchPosition>;

/** A device of a watchlist, with the customers from the top of the branch down to its own. */
export interface Watched {
  code: AttentionCode;
  since: string;
  device: DeviceRecord;
  path: [CustomerRecord, ...CustomerRecord[]];
}

/** Devices that one page looks at, at most: of those that need attention for several reasons each link leads to the same one. */
const lookedAtAtMost = 1_000;

/** Whether an account, or the one that it is a sub-account of, is deleted. */
async function deletedAccounts(db: Database, found: readonly Found[]): Promise<(of: Found) => boolean> {
  const keyOf = ({ customerId, accountId }: Found) => (accountId === null ? [] : [accountKey(customerId, accountId)]);
  const keys = [...new Map(found.flatMap(keyOf).map((key) => [key.sk, key])).values()];
  const accounts = new Map((await db.getAll(keys)).flatMap((item) => (item ? [[String(item["id"]), item]] : [])));
  const parents = [...accounts.values()].flatMap((item) =>
    typeof item["parentAccountId"] === "string" && !accounts.has(item["parentAccountId"])
      ? [accountKey(String(item["pk"]), item["parentAccountId"])]
      : [],
  );
  for (const item of await db.getAll(parents)) if (item) accounts.set(String(item["id"]), item);
  const isDeleted = (id: string | null): boolean => {
    const account = id === null ? undefined : accounts.get(id);
    if (!account) return false;
    return account["deletedAt"] !== undefined || isDeleted((account["parentAccountId"] as string | undefined) ?? null);
  };
  return ({ accountId }) => isDeleted(accountId);
}

/** The reason for which a device is listed in the walk for a code; null where it is listed for a worse one, or needs none any more. */
function listedFor(device: DeviceRecord, code: AttentionCode, alone: boolean): Attention | null {
  const reason = alone ? device.attention.find((one) => one.code === code) : worst(device.attention);
  return device.deletedAt === null && reason?.code === code ? reason : null;
}

/** What a walk has found, as it stands now: what has gone, is deleted, or is switched off above it is left out. */
async function standing(
  db: Database,
  top: CustomerRecord,
  found: readonly Found[],
  code: AttentionCode,
  alone: boolean,
): Promise<Watched[]> {
  const parentOf = new Map<string, string>();
  for (const { trail } of found) for (const [step, id] of trail.entries()) parentOf.set(id, trail[step - 1] ?? top.id);
  const [customers, devices, isDeleted] = await Promise.all([
    readRecords(db, parentOf),
    db.getAll(found.map(({ customerId, accountId, deviceId }) => deviceKey(customerId, accountId, deviceId))),
    deletedAccounts(db, found),
  ]);
  const ofFound = ({ trail }: Found): CustomerRecord | undefined => {
    const last = trail.at(-1);
    return last === undefined ? top : customers.get(last);
  };
  const owners = [...new Set(found.map(ofFound).filter((owner) => owner !== undefined))];
  const transits = new Map(
    await Promise.all(owners.map(async (owner) => [owner.id, await transitOf(db, owner)] as const)),
  );
  const hasLeft = ({ customerId, accountId }: Found): boolean =>
    isOnItsWay(transits.get(customerId) ?? null, customerId, accountId);
  return found.flatMap((one, index): Watched[] => {
    const item = devices[index];
    if (!item || isDeleted(one) || hasLeft(one)) return [];
    const device = readDevice(item);
    const reason = listedFor(device, code, alone);
    const below = one.trail.map((id) => customers.get(id));
    if (!reason || below.some((customer) => !customer || customer.deletedAt !== null || !customer.active)) return [];
    return [{ code, since: reason.since, device, path: [top, ...below.filter((customer) => customer !== undefined)] }];
  });
}

/**
 * A page of the devices of a branch that need attention, the worst reason first. A device with several reasons stands under its worst one.
 * @param counts how many there are in the branch: what none has is not looked for
 * @param reason only devices with this reason, whatever else they need
 * @returns where the list goes on; null at its end. A page may be shorter than `limit` before that.
 */
export async function watchedDevices(
  db: Database,
  top: CustomerRecord,
  counts: AttentionCounts,
  reason: AttentionCode | null,
  limit: number,
  position: WatchPosition | null,
): Promise<{ watched: Watched[]; next: WatchPosition | null }> {
  const codes = reason === null ? AttentionCode.options : [reason];
  const watched: Watched[] = [];
  let looked = 0;
  let at = position?.at ?? null;
  for (let place = position ? codes.indexOf(position.code) : 0; place < codes.length; place += 1) {
    const code = codes[place] as AttentionCode;
    while (counts.byReason[code] > 0) {
      const want = limit - watched.length;
      if (want <= 0 || looked >= lookedAtAtMost) return { watched, next: { code, at } };
      const found = await devicesWith(db, code, top.id, at, want);
      looked += found.length;
      watched.push(...(await standing(db, top, found, code, reason !== null)));
      at = found.at(-1)?.position ?? at;
      if (found.length < want) break;
    }
    at = null;
  }
  return { watched, next: null };
}

const placeOf = ({ id, level, name }: CustomerRecord) => ({ id, level, name });
/** A device of a watchlist as the API shows it. */
const presentWatched = ({ code, since, device, path }: Watched): WatchlistItem => {
  const customer = path.at(-1) ?? path[0];
  return {
    code,
    since,
    device: presentDevice(device, customer),
    customer: placeOf(customer),
    path: path.map(placeOf),
  };
};

/** The watchlists of the caller's branch. */
export const watchlistStore = (context: StoreContext) => ({
  /** A page of a customer's watchlist, with the counts of its whole branch. @throws DomainError not_found */
  async list(customerId: string, reason: AttentionCode | null, limit: number, position: WatchPosition | null) {
    const { db } = context;
    const [chain, item]: [Chain, Record<string, unknown> | undefined] = await Promise.all([
      loadChain(context, customerId),
      db.get(customerKey(customerId)),
    ]);
    const counts = attentionCounts(item ?? {});
    const { watched, next } = await watchedDevices(db, chain[0], counts, reason, limit, position);
    return { counts, items: watched.map(presentWatched), next };
  },
});
