import * as z from "zod";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { AccountId, ContactId, CustomerId, DeviceId } from "../../domain/terms/ids.ts";
import { loadChain, loadLiveChain } from "./branch.ts";
import { healHint } from "./chain.ts";
import type { Database } from "../table/database.ts";
import { customerKey, pointerKey } from "../table/keys.ts";
import type { StoreContext } from "./scope.ts";
import { insert, type Put } from "../table/writes.ts";

/** Where something lives, and what stands around it: all but `customerId` is a hint, for reading ahead. */
export const Pointer = z.object({
  customerId: CustomerId,
  ancestors: z.array(CustomerId),
  parentAccountId: AccountId.nullable().default(null),
  contactId: ContactId.nullable().default(null),
  accountId: AccountId.nullable().default(null),
  deviceId: DeviceId.nullable().default(null),
});
export type Pointer = z.infer<typeof Pointer>;

/** The write that says where something new lives. `chain` is its customer's. */
export const insertPointer = (
  id: string,
  chain: Chain,
  around: {
    parentAccountId?: string | null;
    contactId?: string | null;
    accountId?: string | null;
    deviceId?: string | null;
    tokenHash?: string | null;
  } = {},
): Put =>
  insert(pointerKey(id), {
    kind: "pointer",
    customerId: chain[0].id,
    ancestors: chain.slice(1).map((above) => above.id),
    ...around,
  });

/** Where something lives, null where it does not exist. */
export async function findPointer(db: Database, id: string): Promise<Pointer | null> {
  const item = await db.get(pointerKey(id));
  return item ? Pointer.parse(item) : null;
}

/**
 * The chain of the customer that something belongs to. Its pointer is read in the first round trip where the request names it; all
 * that the pointer tells of is read in the next.
 * @param read starts reading what else stands beside it, as soon as the place is known
 * @throws DomainError not_found where it does not exist or lies outside the branch (the same answer), customer_deleted where
 *   `live` is asked for
 */
export async function loadPlace<T>(
  context: StoreContext,
  id: string,
  what: string,
  live: boolean,
  read: (pointer: Pointer) => Promise<T>,
): Promise<{ pointer: Pointer; chain: Chain; read: T }> {
  const pointer = await findPointer(context.db, id);
  if (!pointer) throw notFound(what);
  context.db.prefetch([pointer.customerId, ...pointer.ancestors].map(customerKey));
  const reading = read(pointer);
  reading.catch(() => undefined);
  const chain = await (live ? loadLiveChain : loadChain)(context, pointer.customerId).catch((error: unknown) => {
    throw error instanceof DomainError && error.code === "not_found" ? notFound(what) : error;
  });
  await healHint(context.db, pointerKey(id), pointer.ancestors, chain, { exists: true });
  return { pointer, chain, read: await reading };
}
