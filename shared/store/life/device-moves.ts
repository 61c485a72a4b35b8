import { AccountRecord } from "../../domain/accounts/account.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import type { Weight } from "../../domain/life/account-move.ts";
import { type DeviceMove, weightOfDevice } from "../../domain/life/device-move.ts";
import { accountStore } from "../accounts/accounts.ts";
import { readSet, readSetItems } from "../devices/backup-sets.ts";
import { deviceStore } from "../devices/devices.ts";
import { moveDevice } from "../devices/moved-devices.ts";
import { refuseHeld } from "../hierarchy/branch.ts";
import { logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { DomainError } from "../../domain/terms/errors.ts";
import { orRefusal } from "./row-refusals.ts";
import { accountKey, customerKey, pointerKey } from "../table/keys.ts";
import type { Write } from "../table/writes.ts";
import { sharing } from "../devices/lending.ts";
import { isAmong, machinesTaken } from "./surveys.ts";
import { transfer } from "./transfers.ts";

/** Writes by which an account, and its parent account, count more, or less (`sign`). */
function countAt(
  customerId: string,
  { id, parentAccountId }: Pick<AccountRecord, "id" | "parentAccountId">,
  { devices, licences, licencesToDate, usedBytes }: Weight,
  sign: 1 | -1,
): Write[] {
  const held = { devicesHeld: sign * devices, ...(licences > 0 && { licencesUsed: sign * licences }) };
  const own = {
    ...held,
    deviceCount: sign * devices,
    ...(licencesToDate > 0 && { licencesUsedToDate: sign * licencesToDate }),
    ...(usedBytes > 0 && { usedBytes: sign * usedBytes }),
  };
  const count = (at: string, add: Record<string, number>): Write => ({
    kind: "update",
    key: accountKey(customerId, at),
    set: {},
    add,
    when: [{ exists: true }, { attribute: "deletedAt", is: null }, { attribute: "moveId", is: null }],
  });
  return [count(id, own), ...(parentAccountId === null ? [] : [count(parentAccountId, held)])];
}

/** The conditions that no accounts are on their way from or to a customer. */
const notMoving = (chain: Chain): Write => ({
  kind: "check",
  key: customerKey(chain[0].id),
  when: [{ attribute: "moveId", is: null }],
});

/** Moves of devices within the caller's branch. */
export const deviceMoveStore = (context: StoreContext) => {
  const { db } = context;
  const [accounts, devices] = [accountStore(context), deviceStore(context)];
  return {
    /** The account that devices are to be moved to. @throws DomainError not_found | customer_deleted */
    loadTarget: (id: string): ReturnType<typeof accounts.loadLive> => accounts.loadLive(id),

    /**
     * A device with all that its move is worked out from.
     * @throws DomainError not_found of a device, or a target, out of sight; customer_deleted
     */
    async load(id: string, accountId: string): Promise<DeviceMove> {
      const loading = accounts.loadLive(accountId);
      loading.catch(() => undefined);
      const { device, chain: from } = await devices.loadLive(id);
      const target = await loading;
      refuseHeld(target.chain, context.now());
      const at = async (one: string | null): Promise<AccountRecord | null> => {
        const item = one === null ? undefined : await db.get(accountKey(from[0].id, one));
        return item ? AccountRecord.parse(item) : null;
      };
      const account = await at(device.accountId);
      const ref = device.externalRef;
      const [parent, taken, shared, refTakenBy] = await Promise.all([
        at(account?.parentAccountId ?? null),
        machinesTaken(db, [device], target.chain[0].id),
        sharing(db, from[0].id),
        ref === null ? null : devices.findByRef(accountId, ref),
      ]);
      const isSharing = isAmong(shared)(device);
      return { device, from, account, parent, target, machinesTaken: taken, isSharing, refTakenBy };
    },

    /** The same for many devices; one that cannot be looked at has the refusal in the place of its move. */
    loadAll(ids: readonly string[], accountId: string): Promise<(DeviceMove | DomainError)[]> {
      db.prefetch(ids.map(pointerKey));
      return Promise.all(ids.map((id) => orRefusal(this.load(id, accountId))));
    },

    /** The writes that put a device under its new account, with its sets. @throws DomainError device_limit | allotment_exceeded | machine_taken, also on commit */
    async writes({ device, from, account, target }: DeviceMove): Promise<Write[]> {
      const { id, customerId, accountId, name } = device;
      if (!account) throw new Error("A device without an account is approved, not moved.");
      const to = target.chain;
      const items = await readSetItems(db, { customerId, accountId, deviceId: id });
      const destination = {
        chain: to,
        accountId: target.account.id,
        parentAccountId: target.account.parentAccountId,
      };
      const at = new Date(context.now()).toISOString();
      const weight = weightOfDevice(device);
      const node = { id, level: null, name };
      const arrived = { path: "accountId", before: null, after: target.account.id };
      const isSame = customerId === to[0].id;
      return [
        ...moveDevice(device, items.map(readSet), from, destination, at).writes,
        ...countAt(customerId, account, weight, -1),
        ...countAt(to[0].id, target.account, weight, 1),
        ...transfer(from, to, weight),
        ...(isSame ? [] : [notMoving(from), notMoving(to)]),
        ...(isSame
          ? [logWrite(context, to, { type: "DeviceUpdated", node, changes: [{ ...arrived, before: accountId }] })]
          : [
              logWrite(context, from, {
                type: "DeviceLeft",
                node: { id: from[0].id, level: from[0].level, name: from[0].name },
                changes: [{ path: "device", before: { id, name }, after: null }],
              }),
              logWrite(context, to, {
                type: "DeviceArrived",
                node,
                changes: [arrived],
              }),
            ]),
      ];
    },
    now: (): number => context.now(),
    scopeId: context.caller.scopeId,
  };
};
