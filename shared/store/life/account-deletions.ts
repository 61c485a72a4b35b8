import { differenceIn } from "../../domain/hierarchy/log-changes.ts";
import { refuseHeld } from "../hierarchy/branch.ts";
import type { AccountPlace } from "../../domain/accounts/account.ts";
import type { MarkedAccount } from "../../domain/life/deleted-account.ts";
import { accountWrites } from "../accounts/account-writes.ts";
import { commitShares } from "../hierarchy/customers.ts";
import { countDevices } from "../hierarchy/device-pools.ts";
import { insertDeletion, settleDeletion } from "../hierarchy/deletion-record.ts";
import { accountKey, customerKey } from "../table/keys.ts";
import { type Author, logWrite } from "../hierarchy/log.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import type { Write } from "../table/writes.ts";

/**
 * What moves the licences of an account's devices, and the devices themselves: pools above, the customer's counters, the parent account's.
 * @throws DomainError device_limit
 */
const moveHoldings = (
  { account: before, chain }: AccountPlace,
  { licences, count, devices }: MarkedAccount,
  times: 1 | -1,
): Write[] => {
  const { id, customerId, parentAccountId } = before;
  const counted = (key: Write["key"], add: Record<string, number>, live: boolean): Write => ({
    kind: "update",
    key,
    set: {},
    add: Object.fromEntries(Object.entries(add).filter(([, difference]) => difference !== 0)),
    when: [{ exists: true }, ...(live ? [{ attribute: "deletedAt", is: null } as const] : [])],
  });
  return [
    // A device that is added or deleted, or draws or gives back a licence, in the same moment calls for another look.
    {
      kind: "update",
      key: accountKey(customerId, id),
      set: {},
      add: {},
      when: [
        { attribute: "licencesUsed", counts: count },
        { attribute: "devicesHeld", counts: Math.abs(devices) },
      ],
    },
    ...commitShares("licences", licences, chain),
    ...countDevices(chain, devices),
    ...(count === 0 ? [] : [counted(customerKey(customerId), { licencesUsed: times * count }, false)]),
    ...((count === 0 && devices === 0) || parentAccountId === null
      ? []
      : [
          counted(accountKey(customerId, parentAccountId), { licencesUsed: times * count, devicesHeld: devices }, true),
        ]),
  ];
};

/** Writes of an account that is marked as deleted, on somebody's word or by itself. */
export function deleteAccountWrites(
  context: WorkContext & Author,
  place: AccountPlace,
  marked: MarkedAccount,
  onBehalfOf?: string,
): Write[] {
  const { account: before, chain } = place;
  refuseHeld(chain, context.now());
  const { account, count } = marked;
  const { id, username: name, customerId, usedBytes, deviceCount } = before;
  const told = { kind: "account" as const, nodeId: id, name, level: null, customerId, usedBytes, deviceCount };
  return [
    ...accountWrites(context).save(before, account, chain),
    ...moveHoldings(place, marked, -1),
    ...insertDeletion(
      context,
      chain,
      String(account.deletionId),
      { ...told, licences: count, deletedAt: String(account.deletedAt), onBehalfOf },
      String(account.purgeAt),
    ),
    logWrite(context, chain, {
      type: "AccountDeleted",
      node: { id, level: null, name },
      changes: differenceIn(["deletedAt", "purgeAt"], before, account),
    }),
  ];
}

/** Writes of an account that is deleted no longer. */
export function restoreAccountWrites(
  context: WorkContext & Author,
  place: AccountPlace,
  marked: MarkedAccount,
): Write[] {
  const { account: before, chain } = place;
  const { id, username: name, deletionId } = before;
  const { account } = marked;
  return [
    ...accountWrites(context).save(before, account, chain),
    ...moveHoldings(place, marked, 1),
    ...settleDeletion(deletionId, "deleted", { state: "restored", restoredAt: account.updatedAt }),
    logWrite(context, chain, {
      type: "AccountRestored",
      node: { id, level: null, name },
      changes: differenceIn(["deletedAt", "purgeAt"], before, account),
    }),
  ];
}

/** Deleting and restoring accounts of the caller's branch. */
export const accountDeletionStore = (context: WorkContext & Author) => ({
  remove: (place: AccountPlace, marked: MarkedAccount, onBehalfOf?: string): Write[] =>
    deleteAccountWrites(context, place, marked, onBehalfOf),
  restore: (place: AccountPlace, marked: MarkedAccount): Write[] => restoreAccountWrites(context, place, marked),
});
