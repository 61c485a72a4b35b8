import { type Chain, type CustomerRecord, licenceStanding, spaceStanding } from "../../domain/hierarchy/customer.ts";
import { knowsBranch } from "../../domain/hierarchy/device-pool.ts";
import { planMove } from "../../domain/terms/allowance.ts";
import { customerKey, refKey } from "../table/keys.ts";
import { insert, removeWhere, type Write } from "../table/writes.ts";
import { commitShares, refTaken, settled } from "../hierarchy/customers.ts";
import { countBelow } from "../hierarchy/device-counting.ts";
import { moveBranch } from "../hierarchy/device-pools.ts";
import { linkChanges } from "../hierarchy/links.ts";
import type { WorkContext } from "../hierarchy/scope.ts";

/** A customer's record before it is moved: where something above the new parent counts devices, those of its branch are counted first. */
export const countedBefore = (context: WorkContext, before: CustomerRecord, to: Chain): Promise<CustomerRecord> =>
  mustBeCounted(before, to) ? countBelow(context, before) : Promise.resolve(before);
export const mustBeCounted = (before: CustomerRecord, to: Chain): boolean =>
  !knowsBranch(before) && to.some(({ devicesCounted }) => devicesCounted === true);

/**
 * Writes that put a customer under another parent: its record, its links, and the counters of both sides; nothing below it.
 * Chains through it are right at once, since every read validates them; hints below heal as they are read.
 * `from` and `to` are the chains of the old and the new parent.
 * @param after the record as it is to be there: its parent, its version, and what changes beside
 * @throws DomainError allotment_exceeded where the new side has no room for what the customer has been allotted, device_limit where it has
 *   none for its devices
 */
export function reparent(before: CustomerRecord, after: CustomerRecord, from: Chain, to: Chain): Write[] {
  if (from[0].id === to[0].id) return [];
  const ref = before.externalRef;
  const { parentId, ancestors, version, updatedAt, storageServer } = after;
  return [
    {
      kind: "update",
      key: customerKey(before.id),
      set: {
        parentId,
        ancestors,
        moved: { at: Date.parse(updatedAt), from: from.map(({ id }) => id) },
        updatedAt,
        version,
        ...(before.heldUntil !== undefined && { heldUntil: null }),
        ...(storageServer?.id !== before.storageServer?.id && { storageServer }),
      },
      add: {},
      when: [
        { attribute: "version", is: before.version },
        // What has a limit of its own weighs as much as that, whatever is committed below it.
        ...(before.spaceLimit === null ? settled("space", before) : []),
        ...(before.licenceLimit === null ? settled("licences", before) : []),
      ],
    },
    ...linkChanges({ record: before, parent: from[0] }, { record: after, parent: to[0] }),
    ...moveBranch(before, from, to),
    ...commitShares("space", planMove(spaceStanding(before), from.map(spaceStanding), to.map(spaceStanding)), [
      ...from,
      ...to,
    ]),
    ...commitShares("licences", planMove(licenceStanding(before), from.map(licenceStanding), to.map(licenceStanding)), [
      ...from,
      ...to,
    ]),
    ...(ref === null
      ? []
      : [
          removeWhere(refKey(from[0].id, ref), "customerId", before.id),
          insert(refKey(to[0].id, ref), { kind: "ref", customerId: before.id }, refTaken(ref)),
        ]),
  ];
}

/** A customer's record under another parent. */
export const under = (before: CustomerRecord, to: Chain, nowMs: number): CustomerRecord => ({
  ...before,
  parentId: to[0].id,
  ancestors: to.map(({ id }) => id),
  version: before.version + 1,
  updatedAt: new Date(nowMs).toISOString(),
});
