import { planLicence } from "../../domain/devices/admission.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { refuseHeld } from "../hierarchy/branch.ts";
import { commitShares } from "../hierarchy/customers.ts";
import { accountKey, customerKey, deviceKey } from "../table/keys.ts";
import { deviceLinks } from "./device-records.ts";
import type { Write } from "../table/writes.ts";

/** Whose device draws or gives back a licence: its account, the parent account of that, and whether it is its first. */
interface Holder {
  accountId: string;
  parentAccountId: string | null;
  isFirst: boolean;
}

/**
 * The writes that draw a licence for a device (or give it back), from the nearest restricted pool; null where that is used up. Its account
 * counts it, and the parent account too: when one of them is deleted, it gives back at once what it has counted.
 */
export function licenceWrites(
  chain: Chain,
  { accountId, parentAccountId, isFirst }: Holder,
  times: 1 | -1,
): Write[] | null {
  const plan = planLicence(chain, times);
  if (!plan) return null;
  const customerId = chain[0].id;
  return [
    ...commitShares("licences", plan, chain),
    {
      kind: "update",
      key: customerKey(customerId),
      set: {},
      add: { licencesUsed: times, ...(isFirst && { licencesUsedToDate: 1 }) },
      // Whatever draws or gives back a licence has conditions of this customer too.
      when: [],
    },
    ...[accountId, ...(parentAccountId === null ? [] : [parentAccountId])].map((id): Write => ({
      kind: "update",
      key: accountKey(customerId, id),
      set: {},
      add: { licencesUsed: times, ...(isFirst && id === accountId && { licencesUsedToDate: 1 }) },
      when: [{ exists: true }, { attribute: "deletedAt", is: null }],
    })),
  ];
}

/** The writes that draw a licence for a device that may back up, once in its life; null where the pool is used up. */
export function drawLicence(
  device: DeviceRecord,
  { accountId, parentAccountId }: { accountId: string; parentAccountId: string | null },
  chain: Chain,
  at: string,
): Write[] | null {
  refuseHeld(chain, Date.parse(at));
  const drawn = licenceWrites(chain, { accountId, parentAccountId, isFirst: !device.everLicensed }, 1);
  const attention = device.attention.filter(({ code }) => code !== "licence_missing");
  const settles = attention.length < device.attention.length;
  return (
    drawn && [
      {
        kind: "update",
        key: deviceKey(device.customerId, accountId, device.id),
        set: {
          licensed: true,
          everLicensed: true,
          version: device.version + 1,
          updatedAt: at,
          ...(settles && { attention }),
        },
        add: {},
        when: [
          { attribute: "version", is: device.version },
          { attribute: "licensed", is: false },
          ...(settles ? [{ attribute: "lastSeenAt", is: device.lastSeenAt } as const] : []),
        ],
      },
      ...(settles ? deviceLinks(device, { ...device, attention }) : []),
      // Who may begin is told a location in the same answer: it must not have changed meanwhile.
      {
        kind: "update",
        key: customerKey(device.customerId),
        set: {},
        add: {},
        when: [{ attribute: "storageLocation", is: chain[0].storageLocation }],
      },
      ...drawn,
    ]
  );
}
