import type { AccountRecord } from "../../domain/accounts/account.ts";
import { type Chain, type CustomerRecord, deletedIn } from "../../domain/hierarchy/customer.ts";
import { type DeviceRecord } from "../../domain/devices/device.ts";
import { refuse } from "../../domain/terms/errors.ts";
import { prefetchParentAccounts } from "../accounts/account-writes.ts";
import { remember } from "../../domain/devices/superseded.ts";
import type { DevicePointer } from "./device-tokens.ts";
import { hashSecret } from "../access/tokens.ts";
import { readChain } from "../hierarchy/chain.ts";
import type { Database } from "../table/database.ts";
import { beginDevice, deviceLinks, MachineItem, readDevice } from "./device-records.ts";
import { prefetchNamesakes } from "./replacements.ts";
import { defaultCustomerKey, deviceKey, machineKey, pointerKey } from "../table/keys.ts";
import { prefetchPlans } from "../accounts/plans.ts";
import { isOnItsWay } from "../../domain/hierarchy/transit.ts";
import { bringAlong, insertPointer, transitOf } from "../hierarchy/pointers.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import { insert, type Write } from "../table/writes.ts";
import * as z from "zod";

/** Starts reading whether a computer is a device of a customer already, or may have been one. */
export function prefetchMachine(db: Database, customerId: string, machine: { machineId: string; name: string }): void {
  db.prefetch([machineKey(customerId, machine.machineId)]);
  prefetchNamesakes(db, customerId, machine.name);
}

/** Starts reading whether a computer is a device of a customer already, and what one that is not needs for an account of its own. */
function prefetchEntry(db: Database, customerId: string, machine: { machineId: string; name: string }): void {
  prefetchMachine(db, customerId, machine);
  prefetchParentAccounts(db, customerId);
  prefetchPlans(db);
}

/**
 * The customer that a key's devices belong to: its own, or a reseller's Default Customer. Null where it is gone. What decides there on this
 * computer is read along, and not waited for.
 */
export async function customerOfKey(
  db: Database,
  { customerId, ancestors }: { customerId: string; ancestors: readonly string[] },
  machine: { machineId: string; name: string },
): Promise<Chain | null> {
  db.prefetch([defaultCustomerKey(customerId)]);
  prefetchEntry(db, customerId, machine);
  const chain = await readChain(db, customerId, { customerId, ancestors });
  if (!chain || deletedIn(chain)) return null;
  if (chain[0].level !== "reseller") return chain;
  const item = await db.get(defaultCustomerKey(customerId));
  if (!item) return null;
  const { customerId: id } = z.object({ customerId: z.string() }).parse(item);
  prefetchEntry(db, id, machine);
  const own = await readChain(db, id, { customerId: id, ancestors: chain.map((node) => node.id) });
  return own && !deletedIn(own) ? own : null;
}

/** The device that a computer of a customer is already, null where it is none. */
export async function findMachine(db: Database, customerId: string, machineId: string): Promise<DeviceRecord | null> {
  const item = await db.get(machineKey(customerId, machineId));
  if (!item) return null;
  const { deviceId, accountId } = MachineItem.parse(item);
  db.prefetch([pointerKey(deviceId)]);
  const found = await db.get(deviceKey(customerId, accountId, deviceId));
  return found ? readDevice(found) : null;
}

/**
 * Looks at what is on its way from or to a customer before a computer enrols there: its device, or the account that it has the login of, is
 * brought to its new place first. @throws Stale then
 */
export async function settleEntrant(
  context: WorkContext,
  customer: Pick<CustomerRecord, "id" | "moveId">,
  { machineId, accountId }: { machineId: string; accountId: string | null },
): Promise<void> {
  const transit = await transitOf(context.db, customer);
  if (!transit) return;
  if (accountId !== null && isOnItsWay(transit, customer.id, accountId)) await bringAlong(context, transit, accountId);
  const item = await context.db.get(machineKey(transit.fromId, machineId));
  const machine = item && MachineItem.parse(item);
  if (machine && isOnItsWay(transit, transit.fromId, machine.accountId))
    await bringAlong(context, transit, machine.deviceId);
}

/**
 * Writes of a device that has just connected: counted at once where it may begin, waiting where somebody has to approve.
 * @throws DomainError device_limit
 */
export function enrolDevice(
  device: DeviceRecord,
  account: AccountRecord | null,
  accountIsNew: boolean,
  chain: Chain,
  secret: string,
): Write[] {
  const waits = device.state === "pending";
  return [
    insert(machineKey(device.customerId, device.machineId), {
      kind: "machine",
      deviceId: device.id,
      accountId: device.accountId,
    }),
    insertPointer(device.id, chain, {
      accountId: device.accountId,
      parentAccountId: account?.parentAccountId ?? null,
      tokenHash: hashSecret(secret),
    }),
    ...(waits || !account
      ? [
          insert(deviceKey(device.customerId, device.accountId, device.id), { kind: "device", ...device }),
          ...deviceLinks(null, device),
        ]
      : beginDevice(device, account, accountIsNew, chain)),
  ];
}

/**
 * Writes that give a known device a new token, in place of the one that its computer has lost, and take in what it says of itself. The old
 * token is remembered: who calls with it is another computer, such as the one that this is a copy of.
 */
export function reenrolDevice(
  before: DeviceRecord,
  after: DeviceRecord,
  pointer: DevicePointer,
  secret: string,
): Write[] {
  const { tokenHash: old } = pointer;
  const at = after.updatedAt;
  const superseded =
    old === undefined
      ? pointer.superseded
      : remember(
          pointer.superseded,
          { hash: old, name: before.name, at, by: after.name, settled: false },
          Date.parse(at),
        );
  return [
    {
      kind: "update",
      key: deviceKey(before.customerId, before.accountId, before.id),
      set: {
        name: after.name,
        machineKind: after.machineKind,
        os: after.os,
        agentVersion: after.agentVersion,
        lastSeenAt: after.lastSeenAt,
        updatedAt: after.updatedAt,
        version: after.version,
      },
      add: {},
      when: [{ attribute: "version", is: before.version }],
    },
    ...deviceLinks(before, after),
    {
      kind: "update",
      key: pointerKey(before.id),
      set: { tokenHash: hashSecret(secret), superseded },
      add: {},
      when: [{ attribute: "tokenHash", is: old ?? null }],
    },
  ];
}

/** @throws DomainError machine_taken where a computer is the device of another account than the one that it enrols with */
export function checkMachine(device: DeviceRecord, accountId: string | null): void {
  if (accountId !== null && device.accountId !== accountId)
    throw refuse("machine_taken", "machineId", "The computer is a device of another account of this customer.");
}
