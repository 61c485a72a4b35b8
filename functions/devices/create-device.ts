import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { refuseDeleted } from "../../shared/domain/accounts/account.ts";
import { newDevice } from "../../shared/domain/devices/device.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";

const stores = { accounts: accountStore, devices: deviceStore };

/** Creates the device of a computer before it connects. Refuses a computer that is one already, and more devices than the customer may have. */
export async function createDevice({
  body,
  deps: { accounts, devices },
}: Input<typeof contracts.createDevice, typeof stores>) {
  const place = await accounts.loadLive(body.accountId);
  refuseDeleted(place);
  const { account, chain } = place;
  const known = await devices.findMachine(account.customerId, body.machineId);
  if (known) throw refuse("machine_taken", "machineId", `The computer is the device ${known.deviceId} already.`);
  const standing = {
    id: devices.newId(),
    customerId: account.customerId,
    accountId: account.id,
    plan: null,
    state: "active",
  } as const;
  const device = newDevice(body, standing, devices.now());
  return {
    result: devices.present(device, chain),
    writes: [
      ...devices.insert(device, account, chain),
      devices.log(chain, {
        type: "DeviceCreated",
        node: { id: device.id, level: null, name: device.name },
        changes: creation(device),
      }),
    ],
  };
}

export const handler = operation(contracts.createDevice, createDevice, stores);
