import * as z from "zod";
import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { isOnItsWay, Transit } from "../../domain/hierarchy/transit.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { AccountId, ContactId, CustomerId, DeviceId } from "../../domain/terms/ids.ts";
import { loadChain, loadLiveChain } from "./branch.ts";
import { healHint } from "./chain.ts";
import type { Database } from "../table/database.ts";
import { customerKey, pointerKey, transitKey } from "../table/keys.ts";
import type { StoreContext, WorkContext } from "./scope.ts";
import { insert, type Put, Stale, type Update } from "../table/writes.ts";

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

/** The write that says that something lives under another customer from now on, and what else stands elsewhere around it. */
export const pointTo = (
  id: string,
  chain: Chain,
  around: { parentAccountId?: string | null; contactId?: string; accountId?: string; deviceId?: string } = {},
): Update => ({
  kind: "update",
  key: pointerKey(id),
  set: { customerId: chain[0].id, ancestors: chain.slice(1).map((above) => above.id), ...around },
  add: {},
  when: [{ exists: true }],
});

/** Where something lives, null where it does not exist. */
export async function findPointer(db: Database, id: string): Promise<Pointer | null> {
  const item = await db.get(pointerKey(id));
  return item ? Pointer.parse(item) : null;
}

/** What is on its way from or to a customer; null: nothing. */
export async function transitOf(
  db: Database,
  { id, moveId }: Pick<CustomerRecord, "id" | "moveId">,
): Promise<Transit | null> {
  const item = moveId === null ? undefined : await db.get(transitKey(id));
  return item ? Transit.parse(item) : null;
}

/** Accounts on their way to another customer, where what a pointer leads to belongs to one of them. */
async function transitAt(db: Database, id: string, { customerId, accountId }: Pointer): Promise<Transit | null> {
  const moveId = (await db.get(customerKey(customerId)))?.["moveId"];
  if (typeof moveId !== "string") return null;
  const transit = await transitOf(db, { id: customerId, moveId });
  return isOnItsWay(transit, customerId, accountId ?? id) ? transit : null;
}

/**
 * Brings something to its new place at once that is on its way there, for whoever is about to change it.
 * @throws Stale: it has to be looked at again there
 */
export async function bringAlong(context: WorkContext, transit: Transit, id: string): Promise<never> {
  await context.bringAlong?.(transit, id);
  throw new Stale("It is on its way to another customer.");
}

/**
 * Looks again where something is that was not found where its pointer leads: it may have been moved since that was read.
 * @throws Stale then
 */
export async function refuseMoved(
  db: Database,
  id: string,
  { customerId, accountId, deviceId }: Pointer,
): Promise<void> {
  const now = await findPointer(db.fresh(), id);
  const same = now?.customerId === customerId && now.accountId === accountId && now.deviceId === deviceId;
  if (now && !same) throw new Stale("It has been moved.");
}

const isMissing = (error: unknown): boolean => error instanceof DomainError && error.code === "not_found";
/** What was read beside a pointer. @throws Stale where it is missing, and stands elsewhere by now */
async function unlessMoved<T>(db: Database, id: string, pointer: Pointer, reading: Promise<T>): Promise<T> {
  try {
    const value = await reading;
    if (value === undefined) await refuseMoved(db, id, pointer);
    return value;
  } catch (error) {
    if (isMissing(error)) await refuseMoved(db, id, pointer);
    throw error;
  }
}

/** Whether somebody who has logged in by an account asks for what does not belong to it: only accounts, devices and backup sets do. */
const isOfOtherAccount = ({ caller }: StoreContext, id: string, { accountId }: Pointer): boolean =>
  caller.account !== undefined && (accountId ?? id) !== caller.account.id;

/**
 * The chain of the customer that something belongs to. Its pointer is read in the first round trip where the request names it; all
 * that the pointer tells of is read in the next. What is on its way to another customer belongs to that one already; where it is to be changed
 * (`live`) it is brought there first.
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
): Promise<{ pointer: Pointer; chain: Chain; read: T; transit: Transit | null }> {
  const { db } = context;
  const pointer = await findPointer(db, id);
  if (!pointer || isOfOtherAccount(context, id, pointer)) throw notFound(what);
  db.prefetch([pointer.customerId, ...pointer.ancestors].map(customerKey));
  const reading = read(pointer);
  reading.catch(() => undefined);
  const transit = await transitAt(db, id, pointer);
  const owner = transit?.toId ?? pointer.customerId;
  const chain = await (live ? loadLiveChain : loadChain)(context, owner).catch((error: unknown) => {
    throw isMissing(error) ? notFound(what) : error;
  });
  if (transit && live) return bringAlong(context, transit, id);
  if (!transit) healHint(db, pointerKey(id), pointer.ancestors, chain, { exists: true });
  return { pointer, chain, read: await unlessMoved(db, id, pointer, reading), transit };
}
