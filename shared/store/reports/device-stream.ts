import type { DeviceRecord } from "../../domain/devices/device.ts";
import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { isOnItsWay } from "../../domain/hierarchy/transit.ts";
import { readDevice } from "../devices/device-records.ts";
import { transitOf } from "../hierarchy/pointers.ts";
import type { Database } from "../table/database.ts";
import { accountPrefix, devicePrefix } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { branchOf } from "./branch-stream.ts";

/** Devices, or accounts, of one customer that are read at once. */
const pageSize = 500;

interface Page {
  items: Item[];
  /** Where the next page begins; undefined at the end. */
  next: string | undefined;
}

const pageOf = async (db: Database, pk: string, prefix: string, after?: string): Promise<Page> => {
  const { items, last } = await db.query({ pk, prefix, after, limit: pageSize });
  return { items, next: last?.sk };
};

/** Ids of a customer's accounts that are deleted, or whose parent account is. */
async function deletedAccounts(open: () => Database, customerId: string): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  const parents = new Map<string, string>();
  let after: string | undefined;
  do {
    const page = await pageOf(open(), customerId, accountPrefix, after);
    for (const { id, deletedAt, parentAccountId } of page.items) {
      if (deletedAt !== undefined) gone.add(String(id));
      if (typeof parentAccountId === "string") parents.set(String(id), parentAccountId);
    }
    after = page.next;
  } while (after !== undefined);
  for (const [id, parent] of parents) if (gone.has(parent)) gone.add(id);
  return gone;
}

/** A device of a branch, and whose it is. */
export interface DeviceVisit {
  device: DeviceRecord;
  customer: CustomerRecord;
}

/** All devices of a branch customer by customer; deleted ones, those of deleted accounts, and those on their way to another customer are left out. */
export async function* devicesOf(open: () => Database, top: Item): AsyncGenerator<DeviceVisit> {
  const read = async ({ id, moveId }: CustomerRecord) => {
    const [first, gone, transit] = await Promise.all([
      pageOf(open(), id, devicePrefix()),
      deletedAccounts(open, id),
      transitOf(open(), { id, moveId }),
    ]);
    return { first, gone, transit };
  };
  for await (const { record: customer, own } of branchOf(open, top, read))
    for (let page = own.first; ;) {
      for (const device of page.items.map(readDevice))
        if (
          device.deletedAt === null &&
          !own.gone.has(device.accountId ?? "") &&
          !isOnItsWay(own.transit, customer.id, device.accountId)
        )
          yield { device, customer };
      if (page.next === undefined) break;
      page = await pageOf(open(), customer.id, devicePrefix(), page.next);
    }
}
