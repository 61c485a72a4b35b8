import { AccountRecord } from "../../domain/accounts/account.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import type { Deletion } from "../../domain/life/deletion.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import { accountWrites } from "../accounts/account-writes.ts";
import { ApiKeyRecord } from "../access/api-keys.ts";
import { readChain } from "../hierarchy/chain.ts";
import { saveCustomer } from "../hierarchy/customers.ts";
import { readDevice, saveDevice } from "../devices/device-records.ts";
import { accountKey, apiKeyKey, deviceKey, pointerKey } from "../table/keys.ts";
import { findUser } from "../people/users.ts";
import { findPointer } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { timerChanges } from "../table/timers.ts";
import type { Write } from "../table/writes.ts";

const restored = () => new DomainError("not_deleted", "It has been restored.");
const due = <T extends { version: number; updatedAt: string; purgeAt: string | null }>(
  record: T,
  purgeAt: string,
  nowMs: number,
): T => ({ ...record, purgeAt, version: record.version + 1, updatedAt: new Date(nowMs).toISOString() });

/** Purges that do not wait for the end of the grace period. */
export const earlyPurgeStore = (context: StoreContext) => {
  const { db } = context;

  async function customerWrites(nodeId: string, deletionId: string, at: string): Promise<Write[]> {
    const chain: Chain | null = await readChain(db, nodeId);
    if (chain?.[0].deletionId !== deletionId) throw restored();
    const [record, ...parents] = chain;
    return saveCustomer(record, due(record, at, context.now()), parents);
  }
  async function accountPurge(nodeId: string, deletionId: string, at: string): Promise<Write[]> {
    const pointer = await findPointer(db, nodeId);
    const [item, chain] = await Promise.all([
      pointer && db.get(accountKey(pointer.customerId, nodeId)),
      pointer && readChain(db, pointer.customerId, pointer),
    ]);
    const account = item ? AccountRecord.parse(item) : null;
    if (account?.deletionId !== deletionId || !chain) throw restored();
    return accountWrites(context).save(account, due(account, at, context.now()), chain);
  }
  async function devicePurge(nodeId: string, deletionId: string, at: string): Promise<Write[]> {
    const pointer = await findPointer(db, nodeId);
    const item = pointer && (await db.get(deviceKey(pointer.customerId, pointer.accountId, nodeId)));
    const device = item ? readDevice(item) : null;
    if (device?.deletionId !== deletionId) throw restored();
    return [
      ...saveDevice(device, due(device, at, context.now())),
      ...timerChanges(pointerKey(nodeId).pk, { "device-purge": device.purgeAt }, { "device-purge": at }),
    ];
  }

  return {
    /** The writes that make what was deleted due to be purged at a moment. @throws DomainError not_deleted */
    async bringForward({ kind, nodeId, id }: Deletion, at: string): Promise<Write[]> {
      switch (kind) {
        case "customer":
          return customerWrites(nodeId, id, at);
        case "account":
          return accountPurge(nodeId, id, at);
        case "device":
          return devicePurge(nodeId, id, at);
        case "backup-set":
          return [];
        default:
          return kind satisfies never;
      }
    },

    /** Who made an API key or a user; null where that is not known. */
    async creatorOf(id: string | null): Promise<string | null> {
      if (id?.startsWith("usr_")) return (await findUser(db, id))?.createdBy ?? null;
      const item = id === null ? undefined : await db.get(apiKeyKey(id));
      return item ? ApiKeyRecord.parse(item).createdBy : null;
    },
  };
};
