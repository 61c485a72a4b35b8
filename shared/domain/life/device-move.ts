import * as z from "zod";
import { type AccountRecord, type AccountStanding, quotaOf, refuseDeleted } from "../accounts/account.ts";
import type { DeviceRecord } from "../devices/device.ts";
import type { Chain } from "../hierarchy/customer.ts";
import { DomainError, type FieldError } from "../terms/errors.ts";
import { AccountId, DeviceId } from "../terms/ids.ts";
import {
  machineFindings,
  overfullFindings,
  roomFindings,
  runningFindings,
  setsAlongAtMost,
  sharingFindings,
  storageFindings,
  type Survey,
  targetFindings,
  type Weight,
} from "./account-move.ts";
import { complaintOf, movedAtOnce, say } from "./customer-move.ts";

export const DeviceMoves = z
  .strictObject({
    ids: z.array(DeviceId).meta({
      description: "The devices to move, each once, with their backup sets",
      minItems: 1,
      maxItems: movedAtOnce,
      uniqueItems: true,
    }),
    accountId: AccountId.meta({
      description: "The account that they are to stand under, of the same customer or of another",
    }),
  })
  .meta({ id: "DeviceMoves" });

/** A move of a device that is asked for: where it stands, and where it is to stand. */
export interface DeviceMove {
  device: DeviceRecord;
  from: Chain;
  /** Its account, and the parent account of that; null: it waits, and has none. */
  account: AccountRecord | null;
  parent: AccountRecord | null;
  target: AccountStanding;
  machinesTaken: Survey["machinesTaken"];
  /** It uses data of others of its customer, or they use its own. */
  isSharing: boolean;
  /** The device of the target that has its reference. */
  refTakenBy: string | null;
}

/** Whether a device stands where it is to be moved to. */
export const deviceStandsThere = ({ device, target }: Pick<DeviceMove, "device" | "target">): boolean =>
  device.accountId === target.account.id;

/** What a device counts at its account, and at the customers above it. */
export const weightOfDevice = ({ licensed, everLicensed, usedBytes }: DeviceRecord): Weight => ({
  devices: 1,
  licences: licensed ? 1 : 0,
  licencesToDate: everLicensed ? 1 : 0,
  usedBytes,
});

/** Why a device cannot be moved whatever the target is. */
function ownFindings({ device, account, parent }: DeviceMove): FieldError[] {
  if (device.deletedAt !== null) return say("device_deleted", "", "The device is deleted; restore it first.");
  if (device.state === "pending" || !account)
    return say(
      "device_not_pending",
      "",
      "The device waits for approval; approve it for the account that it is to have.",
    );
  return [
    ...complaintOf(() => refuseDeleted({ account, parent }), ""),
    ...(device.setCount > setsAlongAtMost ? overfullFindings(device.id) : []),
  ];
}

function quotaFindings({ device, target }: DeviceMove): FieldError[] {
  const { bytes } = quotaOf(target);
  const { usedBytes } = target.account;
  return bytes === null || usedBytes + device.usedBytes <= bytes
    ? []
    : say(
        "space_exceeded",
        "accountId",
        `The account may use ${bytes} bytes and uses ${usedBytes}; ${device.usedBytes} more do not fit.`,
      );
}

/** @throws DomainError move_refused, with all that stands against it at once */
export function checkDeviceMove(move: DeviceMove): void {
  const { device, from, account, target, machinesTaken, isSharing, refTakenBy } = move;
  const to = target.chain;
  const changesCustomer = from[0].id !== to[0].id;
  const findings = [
    ...ownFindings(move),
    ...targetFindings(to),
    ...complaintOf(() => refuseDeleted(target), "accountId"),
    ...runningFindings([...(account ? [account] : []), target.account, ...(changesCustomer ? [from[0], to[0]] : [])]),
    ...(changesCustomer ? [...storageFindings(from, to), ...roomFindings(from, to, weightOfDevice(device))] : []),
    ...(changesCustomer && isSharing ? sharingFindings(device.id) : []),
    ...quotaFindings(move),
    ...machineFindings(machinesTaken),
    ...(refTakenBy === null
      ? []
      : say(
          "external_ref_taken",
          "externalRef",
          `The reference "${device.externalRef}" is that of ${refTakenBy} there.`,
        )),
  ];
  if (findings.length > 0)
    throw new DomainError("move_refused", "The device cannot be moved there; `errors` says why.", findings);
}
