import { alive, type Chain, type CustomerRecord, deletedIn } from "../../domain/hierarchy/customer.ts";
import { DomainError, notFound } from "../../domain/terms/errors.ts";
import { readChain } from "./chain.ts";
import type { StoreContext } from "./scope.ts";
import { apiKeyKey, type Key, pointerKey, userKey } from "../table/keys.ts";
import { Contended } from "../table/writes.ts";

/** Where a credential remembers what stands above its customer. */
const credentialKey = ({ kind, id }: StoreContext["caller"]): Key =>
  kind === "apiKey" ? apiKeyKey(id) : kind === "user" ? userKey(id) : pointerKey(id);

/**
 * The chain of a customer in the caller's branch.
 * @throws DomainError not_found where the customer does not exist or lies outside the branch (the same answer);
 *   unauthenticated where the caller's own customer, or one above it, is deleted; what `checkOwn` refuses
 */
export async function loadChain({ db, caller, checkOwn }: StoreContext, id: string): Promise<Chain> {
  const hint =
    id === caller.scopeId
      ? { customerId: id, ancestors: caller.scopeAncestors, source: credentialKey(caller) }
      : undefined;
  const chain = await readChain(db, id, hint);
  const top = chain?.findIndex((record) => record.id === caller.scopeId) ?? -1;
  // The login of an account sees its customer, and no site below it.
  if (!chain || top < 0 || (caller.account && top > 0)) throw notFound("customer");
  if (deletedIn(chain.slice(top)))
    throw new DomainError("unauthenticated", "The customer that this credential belongs to is deleted.");
  checkOwn?.(chain.slice(top));
  return chain;
}

/** What is loaded, or null where it does not exist or lies outside the caller's branch. */
export const orAbsent = <T>(loading: Promise<T>): Promise<T | null> =>
  loading.catch((error: unknown) => {
    if (error instanceof DomainError && error.code === "not_found") return null;
    throw error;
  });

/**
 * Asks to wait while a move keeps what is allotted below a customer of the chain as it is.
 * @throws Contended
 */
export function refuseHeld(chain: readonly CustomerRecord[], nowMs: number, own?: number): void {
  const held = chain.some(({ heldUntil = 0 }) => heldUntil > nowMs && heldUntil !== own);
  if (held) throw new Contended("The branch is about to be moved.");
}

/**
 * A chain that may be changed: nothing of it is deleted, and no move is about to come through.
 * @throws DomainError not_found | customer_deleted; Contended
 */
export async function loadLiveChain(context: StoreContext, id: string): Promise<Chain> {
  const chain = alive(await loadChain(context, id));
  refuseHeld(chain, context.now(), context.hold);
  return chain;
}

/**
 * What belongs to the level above (limits, service type, activation, deletion) cannot be changed by whom it restricts.
 * The provider has nobody above it.
 * @throws DomainError forbidden
 */
export function refuseOnOwn({ caller }: StoreContext, record: CustomerRecord, what: string): void {
  if (record.id === caller.scopeId && record.parentId !== null)
    throw new DomainError("forbidden", `${what} of your own customer is decided by the level above it.`);
}
