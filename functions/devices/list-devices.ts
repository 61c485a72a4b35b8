import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";

const stores = { devices: deviceStore };

/** Lists the devices of one customer or of one account, deleted ones among them; by state, or those that need attention. */
export async function listDevices({
  branchId,
  query,
  page,
  deps: { devices },
}: Input<typeof contracts.listDevices, typeof stores>) {
  const where = query.accountId === undefined ? { customerId: branchId } : { accountId: query.accountId };
  const { devices: items, next } = await devices.list(where, query, page.limit, page.position(z.string()));
  return { items, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listDevices, listDevices, stores);
