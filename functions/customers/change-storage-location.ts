import { presentCustomer } from "../../shared/domain/hierarchy/customer.ts";
import { sells } from "../../shared/domain/terms/levels.ts";
import { dataStored, relocated } from "../../shared/domain/storage/storage-location.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { storedDataStore } from "../../shared/store/hierarchy/stored-data.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore, storedData: storedDataStore };

/**
 * Changes where the data of one customer lie from now on; nothing that is stored is moved, and no other customer is touched. Refuses
 * software-only customers, and while data may be stored, unless that is acknowledged.
 */
export async function changeStorageLocation({
  params,
  body,
  deps: { customers, storedData },
}: Input<typeof contracts.changeStorageLocation, typeof stores>) {
  const chain = await customers.loadLive(params.id);
  const [before, ...parents] = chain;
  const now = customers.now();
  const record = relocated(chain, body.storageLocation, {
    now,
    plan: customers.storage,
    by: customers.caller,
    reason: body.reason,
  });
  const result = presentCustomer([record, ...parents], customers.scopeId, now);
  if (record === before) return { result, writes: [] };
  // Those who sell have no devices, and counters that move with every licence below them.
  const looks = body.acknowledgeStoredData !== true && !sells(before.level);
  if (looks && (await storedData.isThere(before.id))) throw dataStored(before);
  const { id, level, name } = record;
  return {
    result,
    writes: [
      ...customers.save(before, record, parents),
      ...(looks ? [storedData.stillNone(before)] : []),
      customers.log(chain, {
        type: "StorageLocationChanged",
        node: { id, level, name },
        changes: difference(before, record),
        reason: body.reason,
      }),
    ],
  };
}

export const handler = operation(contracts.changeStorageLocation, changeStorageLocation, stores);
