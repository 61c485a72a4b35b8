import type * as z from "zod";
import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { refuseDeleted } from "../../shared/domain/accounts/account.ts";
import { type DeviceInput, newDevice } from "../../shared/domain/devices/device.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";

export const stores = { accounts: accountStore, devices: deviceStore };

/**
 * The answer and the writes of a device of a computer that has not connected yet. Refuses a computer that is one already, a reference that is taken, and
 * more devices than the customer may have.
 * @param takenRefuses whether what others have got meanwhile refuses the change, or calls for another look
 */
export async function newDeviceOf(
  body: z.infer<typeof DeviceInput>,
  { accounts, devices }: Input<typeof contracts.createDevice, typeof stores>["deps"],
  takenRefuses = true,
) {
  const place = await accounts.loadLive(body.accountId);
  refuseDeleted(place);
  const { account, chain } = place;
  const known = await devices.findMachine(account.customerId, body.machineId);
  if (known && !takenRefuses) await devices.lookAgainIfReferred(account.id, body.externalRef ?? "");
  if (known) throw refuse("machine_taken", "machineId", `The computer is the device ${known.deviceId} already.`);
  const standing = {
    id: devices.newId(),
    customerId: account.customerId,
    accountId: account.id,
    plan: null,
    state: body.active === false ? "suspended" : "active",
  } as const;
  const device = newDevice(body, standing, devices.now());
  return {
    result: devices.present(device, chain),
    writes: [
      ...devices.insert(device, account, chain, takenRefuses),
      devices.log(chain, {
        type: "DeviceCreated",
        node: { id: device.id, level: null, name: device.name },
        changes: creation(device),
      }),
    ],
  };
}

/** Creates the device of a computer before it connects. */
export const createDevice = ({ body, deps }: Input<typeof contracts.createDevice, typeof stores>) =>
  newDeviceOf(body, deps);

export const handler = operation(contracts.createDevice, createDevice, stores);
