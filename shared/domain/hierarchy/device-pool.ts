import { DomainError } from "../terms/errors.ts";
import type { CustomerRecord } from "./customer.ts";

/*
 * A limit of devices caps what a customer and everything below it may have. Limits at several levels hold side by side: none is a share of
 * another. Every customer counts its own devices. Others count up to the topmost customer above them that has a limit, through all levels
 * between (`devicesCountedAbove` says that the parent counts them too), and no further: where nothing above is limited, nothing above changes.
 */

/** What a change of devices means for one customer of a chain. */
export interface DeviceShare {
  /** 0 for the first of the chain, 1 for its parent, … */
  step: number;
  /** By how much its count changes. */
  count: number;
  /** Whether its parent counts its devices from now on. */
  countedAbove: boolean;
  /** Also where nothing changes: that nothing up to here counts is what the plan relies on. */
  fence?: true;
}

type Line = readonly CustomerRecord[];

/**
 * The counts that change when the first of a chain gets devices of its own (or loses some: a negative number). A customer between that
 * was not counted above yet, because a limit came while it was being created, begins to be; one that nothing above counts for any more
 * ceases to be, and takes along what it has.
 */
export function planDevices(chain: Line, devices: number): DeviceShare[] {
  const top = Math.max(
    0,
    chain.findLastIndex(({ devicesCounted }) => devicesCounted === true),
  );
  const plan: DeviceShare[] = [];
  let count = devices;
  for (const [step, node] of chain.slice(0, top + 1).entries()) {
    plan.push({ step, count, countedAbove: step < top });
    if (step < top && node.devicesCountedAbove === null) count += node.deviceDrawn;
  }
  const released = chain[top];
  for (let step = top + 1; chain[step - 1]?.devicesCountedAbove === true && chain[step]; step += 1)
    plan.push({
      step,
      count: -(released?.deviceDrawn ?? 0),
      countedAbove: chain[step]?.devicesCountedAbove === true,
      fence: true,
    });
  return plan;
}

/** The counts above a customer that change when it is deleted with its branch: it gives back all that its parent has counted. */
export const planDeviceReturn = ([branch, ...parents]: readonly [
  CustomerRecord,
  ...CustomerRecord[],
]): DeviceShare[] => (branch.devicesCountedAbove === null ? [] : planDevices(parents, -branch.deviceDrawn));

/**
 * The counts above a customer that change when it is restored, and whether its parent counts its devices from then on. One that was counted
 * there is so again, although nothing above may count any more: its next device will see to that.
 */
export function planDeviceRestoration([branch, ...parents]: readonly [CustomerRecord, ...CustomerRecord[]]): {
  plan: DeviceShare[];
  countedAbove: boolean;
} {
  const countedAbove =
    branch.devicesCountedAbove === true || parents.some(({ devicesCounted }) => devicesCounted === true);
  return { plan: countedAbove ? planDevices(parents, branch.deviceDrawn) : [], countedAbove };
}

/** Records as they stand once a plan has been carried out. */
const carriedOut = (plan: readonly DeviceShare[], chain: Line): Map<string, CustomerRecord> =>
  new Map(
    plan.flatMap(({ step, count, countedAbove }) => {
      const node = chain[step];
      const mark = countedAbove ? (true as const) : null;
      return node ? [[node.id, { ...node, deviceDrawn: node.deviceDrawn + count, devicesCountedAbove: mark }]] : [];
    }),
  );

/** Whether a customer knows how many devices there are in its branch. */
export const knowsBranch = ({ level, devicesCounted, devicesCountedAbove }: CustomerRecord): boolean =>
  level === "site" || devicesCounted === true || devicesCountedAbove === true;

/**
 * The counts that change when a customer is moved with its branch: it leaves the chain of its old parent and arrives in that of the new one. What
 * stands above both is counted once. @returns the plan, by its steps through `line`: every customer above the old parent or the new one
 */
export function planDeviceMove(
  branch: CustomerRecord,
  from: Line,
  to: Line,
): { line: CustomerRecord[]; plan: DeviceShare[]; countedAbove: boolean } {
  const countedAbove = to.some(({ devicesCounted }) => devicesCounted === true);
  const leaving = branch.devicesCountedAbove === null ? null : branch.deviceDrawn;
  return { ...planBothSides(from, to, leaving, countedAbove ? branch.deviceDrawn : null), countedAbove };
}

/** The counts that change when devices of the first of one chain are those of the first of another from then on; see `planDeviceMove`. */
export const planDeviceTransfer = (
  from: Line,
  to: Line,
  devices: number,
): { line: CustomerRecord[]; plan: DeviceShare[] } => planBothSides(from, to, devices, devices);

/** What leaves one chain and arrives in another; null: nothing counted it there, or counts it here. */
function planBothSides(
  from: Line,
  to: Line,
  leaving: number | null,
  arriving: number | null,
): { line: CustomerRecord[]; plan: DeviceShare[] } {
  const left = carriedOut(leaving === null ? [] : planDevices(from, -leaving), from);
  const target = to.map((node) => left.get(node.id) ?? node);
  const arrived = carriedOut(arriving === null ? [] : planDevices(target, arriving), target);
  const line = [...new Map([...from, ...to].map((node) => [node.id, node])).values()];
  const plan = line.map((node, step): DeviceShare => {
    const after = arrived.get(node.id) ?? left.get(node.id) ?? node;
    return { step, count: after.deviceDrawn - node.deviceDrawn, countedAbove: after.devicesCountedAbove === true };
  });
  return { line, plan };
}

/** @throws DomainError device_limit, naming the level, where a customer that a plan touches has no room for its share */
export function checkDeviceRoom(plan: readonly DeviceShare[], chain: Line): void {
  for (const { step, count } of plan) {
    const node = chain[step];
    if (!node || node.deviceLimit === null || count <= 0 || node.deviceDrawn + count <= node.deviceLimit) continue;
    // Names and figures of levels above are not for everybody who may add devices.
    throw new DomainError("device_limit", `The ${node.level} has as many devices as its limit allows.`);
  }
}
