import * as z from "zod";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";

const stores = { accounts: accountStore, devices: deviceStore };

/** Lists the devices of one customer or of one account, deleted ones among them; by state, or those that need attention; or finds the one with a reference. */
export async function listDevices({
  branchId,
  query,
  page,
  deps: { accounts, devices },
}: Input<typeof contracts.listDevices, typeof stores>) {
  const { accountId, customerId, externalRef, state, attention } = query;
  if (externalRef !== undefined) {
    if (accountId === undefined) throw refuse("not_applicable", "accountId", "is needed beside externalRef.");
    const other = Object.entries({ customerId, state, attention }).find(([, value]) => value !== undefined);
    if (other) throw refuse("not_applicable", other[0], "does not go with externalRef.");
    const [, found] = await Promise.all([
      accounts.load(accountId),
      devices.findByRef(accountId, externalRef).then((id) => (id === null ? null : devices.load(id))),
    ]);
    return { items: found ? [devices.present(found.device, found.chain)] : [], nextCursor: null };
  }
  const where = query.accountId === undefined ? { customerId: branchId } : { accountId: query.accountId };
  const { devices: items, next } = await devices.list(where, query, page.limit, page.position(z.string()));
  return { items, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listDevices, listDevices, stores);
