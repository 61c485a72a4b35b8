import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import type { AttentionCode } from "../../shared/domain/devices/attention.ts";
import { DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { readDevicePointer, settleConflict, shutOut, splitOff } from "../../shared/store/devices/identities.ts";
import { devices as contracts } from "./contract.ts";

const stores = { devices: deviceStore, accounts: accountStore };

/**
 * Settles that two computers say that they are one device: the one that enrolled last keeps it, or the other becomes a device of its own.
 * Refuses a deleted device, one that waits for approval, and a second device where the limit is reached. `both` also settles that a
 * newer device of the same name may be the same computer: it is not. Without a conflict nothing changes.
 */
export async function resolveIdentity({
  params,
  body,
  deps: { devices, accounts },
}: Input<typeof contracts.resolveIdentity, typeof stores>) {
  const { device: before, chain } = await devices.loadWithAccount(params.id);
  if (before.deletedAt !== null) throw new DomainError("device_deleted", "The device is deleted.");
  const raised = (code: AttentionCode): boolean => before.attention.some((one) => one.code === code);
  const conflict = raised("identity_conflict");
  // Of two devices of one name, both stay as they are.
  const apart = body.keep === "both" && raised("possible_duplicate");
  const pointer = await readDevicePointer(devices.context.db, before.id);
  if (!(conflict || apart) || !pointer)
    return { result: { device: devices.present(before, chain), other: null }, writes: [] };
  const at = new Date(devices.now()).toISOString();
  const { device, writes } = settleConflict(before, apart, at);
  const log = devices.log(chain, {
    type: "DeviceIdentityResolved",
    node: { id: device.id, level: null, name: device.name },
    changes: [{ path: "keep", before: null, after: body.keep }],
  });
  const result = { device: devices.present(device, chain), other: null };
  if (!conflict) return { result, writes: [...writes, log] };
  if (body.keep === "current") return { result, writes: [...writes, shutOut(before.id, pointer), log] };

  // The one that called last of those that nobody has decided about.
  const token = pointer.superseded.find(({ settled }) => !settled);
  if (!token || before.accountId === null)
    throw refuse(
      "not_applicable",
      "keep",
      "The other computer's token is not remembered any more: let it enrol again.",
    );
  const { account } = await accounts.load(before.accountId);
  const other = splitOff(before, pointer, token, account, chain, devices.newId(), at);
  return {
    result: { ...result, other: devices.present(other.device, chain) },
    writes: [
      ...writes,
      ...other.writes,
      log,
      devices.log(chain, {
        type: "DeviceCreated",
        node: { id: other.device.id, level: null, name: other.device.name },
        changes: creation(other.device),
      }),
    ],
  };
}

export const handler = operation(contracts.resolveIdentity, resolveIdentity, stores);
