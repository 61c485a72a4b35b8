import { checkAccountLevel } from "../../domain/accounts/new-account.ts";
import { type Device, type DeviceState, presentDevice } from "../../domain/devices/device.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { loadPlace } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { deviceKey, devicePrefix, type DeviceView, deviceViewPrefix } from "../table/keys.ts";
import { DeviceLink, readDevice } from "./device-records.ts";

/** Whose devices are listed. */
export type DeviceOwner = { customerId: string } | { accountId: string };
export interface DeviceFilter {
  state?: DeviceState | undefined;
  attention?: boolean | undefined;
}

/**
 * A page of a customer's devices, or of one account's, by a view that holds only what was asked for.
 * @throws DomainError not_found where the customer or the account is not seen
 */
export async function listDevices(
  context: StoreContext,
  where: DeviceOwner,
  filter: DeviceFilter,
  limit: number,
  after: string | null,
): Promise<{ devices: Device[]; next: string | null }> {
  const accountId = "accountId" in where ? where.accountId : undefined;
  const view: DeviceView | null =
    filter.attention === true
      ? { by: "attention" }
      : filter.state === undefined
        ? null
        : { by: "state", state: filter.state };
  const prefix = view ? deviceViewPrefix(view, accountId) : devicePrefix(accountId);
  const page = (pk: string) => context.db.query({ pk, prefix, after: after ?? undefined, limit: limit + 1 });
  const inAccount = async (id: string) => {
    const { chain, read } = await loadPlace(context, id, "account", false, (at) => page(at.customerId));
    return [chain, read] as const;
  };
  const [chain, { items }] = await ("accountId" in where
    ? inAccount(where.accountId)
    : Promise.all([loadChain(context, where.customerId), page(where.customerId)]));
  checkAccountLevel(chain, "customerId");
  const customerId = chain[0].id;
  const shown = items.slice(0, limit);
  const found = view
    ? await context.db.getAll(
        shown.map((item) => {
          const link = DeviceLink.parse(item);
          return deviceKey(customerId, link.accountId, link.id);
        }),
      )
    : shown;
  const devices = found.flatMap((item) => (item ? [readDevice(item)] : []));
  return {
    devices: devices
      .filter((device) => filter.attention !== true || filter.state === undefined || device.state === filter.state)
      .map((device) => presentDevice(device, chain[0])),
    next: items.length > limit ? String(shown.at(-1)?.["sk"]) : null,
  };
}
