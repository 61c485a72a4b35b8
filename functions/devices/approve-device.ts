import { differenceIn } from "../../shared/domain/hierarchy/log-changes.ts";
import { refuseDeleted } from "../../shared/domain/accounts/account.ts";
import { withAttention } from "../../shared/domain/devices/attention.ts";
import { DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";
import { accountForDevice, chooseAccount } from "./device-account.ts";

const stores = { accounts: accountStore, devices: deviceStore };

/**
 * Lets a device begin that has connected and waits: in the account that it enrolled with, in one that is named, or in one of its own. Refuses
 * a device that does not wait, and more devices than the customer may have.
 */
export async function approveDevice({
  params,
  body,
  deps: { accounts, devices },
}: Input<typeof contracts.approveDevice, typeof stores>) {
  const { device: before, chain } = await devices.loadLive(params.id);
  if (before.state !== "pending") throw new DomainError("device_not_pending", "The device does not wait for approval.");
  if (before.accountId !== null && body.accountId !== undefined && body.accountId !== before.accountId)
    throw refuse("not_applicable", "accountId", "The device has enrolled with an account of its own.");
  const named = before.accountId ?? body.accountId;
  const { account, writes } = named === undefined ? await own() : { account: await existing(named), writes: [] };
  const now = new Date(devices.now()).toISOString();
  const device = {
    ...before,
    accountId: account.id,
    state: "active" as const,
    attention: withAttention(before.attention, { pending: false }, now),
    version: before.version + 1,
    updatedAt: now,
  };
  return {
    result: devices.present(device, chain),
    writes: [
      ...writes,
      ...devices.approve(before, device, account, named === undefined, chain),
      devices.log(chain, {
        type: "DeviceApproved",
        node: { id: device.id, level: null, name: device.name },
        changes: differenceIn(["state", "accountId"], before, device),
      }),
    ],
  };

  async function existing(id: string) {
    const place = await accounts.loadLive(id);
    const { account } = place;
    if (account.customerId !== before.customerId)
      throw refuse("not_applicable", "accountId", "The account belongs to another customer.");
    refuseDeleted(place);
    return account;
  }
  async function own() {
    const plan = body.plan ?? before.plan;
    const choice = await chooseAccount(devices.context, chain, plan);
    if (!choice && plan !== null)
      throw refuse("account_deleted", "plan", "The customer's parent account for this plan is deleted; name another.");
    const made = await accountForDevice(devices.context, chain, before.name, choice ?? { plan, parent: null });
    return { account: made.account, writes: [...made.writes, devices.log(chain, made.event)] };
  }
}

export const handler = operation(contracts.approveDevice, approveDevice, stores);
