import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import {
  checkDeviceRoom,
  knowsBranch,
  type DeviceShare,
  planDeviceMove,
  planDeviceRestoration,
  planDeviceReturn,
  planDeviceTransfer,
  planDevices,
} from "../../domain/hierarchy/device-pool.ts";
import { customerKey } from "../table/keys.ts";
import type { Condition, Update, Write } from "../table/writes.ts";

/** What a limit leaves, or without one what is missing from nothing: kept beside the count, since a condition cannot subtract. */
export const deviceFree = ({ deviceLimit, deviceDrawn }: CustomerRecord): number => (deviceLimit ?? 0) - deviceDrawn;

/** Conditions that a customer stands, and counts above, as it did when it was read. */
const asRead = ({ devicesCountedAbove }: CustomerRecord): Condition[] => [
  { attribute: "devicesCountedAbove", is: devicesCountedAbove },
];

/**
 * The writes that make planned changes of counts, each on the condition of its customer: that it has room, is not deleted, and is counted
 * above as it was when it was read. One that begins or ceases to be counted above must also have as many devices as then.
 */
function shareWrites(plan: readonly DeviceShare[], chain: readonly CustomerRecord[]): Write[] {
  return plan.flatMap(({ step, count, countedAbove, fence }): Update[] => {
    const node = chain[step];
    if (!node) throw new Error("A plan names a customer that the chain does not have.");
    const changed = countedAbove !== (node.devicesCountedAbove === true);
    if (count === 0 && !changed && !fence) return [];
    const room: Condition =
      node.deviceLimit === null ? { attribute: "deviceLimit", is: null } : { attribute: "deviceFree", atLeast: count };
    return [
      {
        kind: "update",
        key: customerKey(node.id),
        set: { devicesCountedAbove: countedAbove ? true : null },
        add: count === 0 ? {} : { deviceDrawn: count, deviceFree: -count },
        when: [
          { attribute: "deletedAt", is: null },
          ...asRead(node),
          // Whoever stands between must still stand there, and whatever does not count must not have begun to.
          { attribute: "parentId", is: node.parentId },
          { attribute: "devicesCounted", is: node.devicesCounted },
          ...(changed ? [{ attribute: "deviceDrawn", counts: node.deviceDrawn } as const] : []),
          ...(count > 0 ? [room] : []),
        ],
      },
    ];
  });
}

/**
 * The writes that count devices of a customer (or fewer: a negative number), there and at every level that counts them above.
 * @throws DomainError device_limit
 */
export function countDevices(chain: Chain, devices: number): Write[] {
  if (devices === 0) return [];
  const plan = planDevices(chain, devices);
  checkDeviceRoom(plan, chain);
  return [
    {
      kind: "update",
      key: customerKey(chain[0].id),
      set: {},
      add: { deviceCount: devices },
      // The shares have conditions of this customer too.
      when: [],
    },
    ...shareWrites(plan, chain),
  ];
}

/**
 * The writes that count devices at one customer instead of at another: they leave the chain of the one and arrive in that of the other. What stands
 * above both counts them once. Nothing above the new one may begin to count in the same moment.
 * @throws DomainError device_limit
 */
export function transferDevices(from: Chain, to: Chain, devices: number): Write[] {
  if (devices === 0) return [];
  const { line, plan } = planDeviceTransfer(from, to, devices);
  checkDeviceRoom(plan, line);
  const count = ({ id }: CustomerRecord, by: number): Write => ({
    kind: "update",
    key: customerKey(id),
    set: {},
    add: { deviceCount: by },
    // The shares have conditions of both customers too.
    when: [],
  });
  return [
    count(from[0], -devices),
    count(to[0], devices),
    ...to.map(({ id, devicesCounted }): Write => ({
      kind: "check",
      key: customerKey(id),
      when: [{ attribute: "devicesCounted", is: devicesCounted }],
    })),
    ...shareWrites(plan, line),
  ];
}

/** Conditions that no device was added to a branch or taken from it, and that it is counted above as it was, since it was read. */
const branchAsRead = (branch: CustomerRecord): Condition[] => [
  ...asRead(branch),
  { attribute: "deviceDrawn", counts: branch.deviceDrawn },
];

/** The writes that give back what the levels above have counted of a customer that is deleted with its branch. */
export const returnBranch = (chain: Chain): Write[] => {
  const [branch, ...parents] = chain;
  return [
    { kind: "update", key: customerKey(branch.id), set: {}, add: {}, when: branchAsRead(branch) },
    ...shareWrites(planDeviceReturn(chain), parents),
  ];
};

/** The writes that count a customer's branch above again once it is restored. @throws DomainError device_limit */
export const countBranch = (chain: Chain): Write[] => {
  const [branch, ...parents] = chain;
  const { plan, countedAbove } = planDeviceRestoration(chain);
  checkDeviceRoom(plan, parents);
  return [
    {
      kind: "update",
      key: customerKey(branch.id),
      set: { devicesCountedAbove: countedAbove ? true : null },
      add: {},
      when: branchAsRead(branch),
    },
    ...shareWrites(plan, parents),
  ];
};

/**
 * The writes that count a customer's branch above its new parent instead of above its old one (`from` and `to` are their chains). Where something
 * above the new parent counts, the branch must have been counted (`countBelow`), and nothing there may begin to count in the same moment.
 * @throws DomainError device_limit
 */
export function moveBranch(branch: CustomerRecord, from: Chain, to: Chain): Write[] {
  const { line, plan, countedAbove } = planDeviceMove(branch, from, to);
  if (countedAbove && !knowsBranch(branch)) throw new Error("The devices of a branch are counted before it is moved.");
  checkDeviceRoom(plan, line);
  return [
    {
      kind: "update",
      key: customerKey(branch.id),
      set: {
        devicesCountedAbove: countedAbove ? true : null,
        devicesCounted: branch.deviceLimit === null ? null : true,
      },
      add: {},
      when: branchAsRead(branch),
    },
    ...to.map(({ id, devicesCounted }): Write => ({
      kind: "check",
      key: customerKey(id),
      when: [{ attribute: "devicesCounted", is: devicesCounted }],
    })),
    ...shareWrites(plan, line),
  ];
}

/**
 * The write that gives a customer another limit of devices. What exists stays, be it more; what the limit leaves follows by the difference,
 * so that devices which are added at that moment do not come in between.
 * @param counted whether the customer must have been counted (`device-counting.ts`) where it had no limit; not so in a dry run
 */
export function limitDevices(before: CustomerRecord, limit: number | null, counted: boolean): Write[] {
  const { id, deviceLimit } = before;
  if (limit === deviceLimit) return [];
  const difference = (limit ?? 0) - (deviceLimit ?? 0);
  return [
    {
      kind: "update",
      key: customerKey(id),
      set: { devicesCounted: limit === null ? null : true },
      add: difference === 0 ? {} : { deviceFree: difference },
      when: [
        { attribute: "deviceLimit", is: deviceLimit },
        ...(deviceLimit === null && counted ? [{ attribute: "devicesCounted", is: true } as const] : []),
      ],
    },
  ];
}
