import * as z from "zod";
import { AccountId, CustomerId } from "../terms/ids.ts";

/*
 * An account with more devices than one transaction moves is put under its new customer at once; what it holds follows in steps. Until the last
 * step both customers say so. For whoever reads, an account's devices stand where their account does.
 */

/** Accounts on their way from one customer to another. A customer has at most one such move at a time. */
export const Transit = z.object({
  moveId: z.string(),
  fromId: CustomerId,
  toId: CustomerId,
  /** The account that was moved first, with all that it has. */
  leadId: AccountId,
  /** It, and the sub-accounts that follow it. */
  accountIds: z.array(AccountId),
  /** The parent account that all of them have there; the first one itself where it is one. */
  leadingId: AccountId,
  /** Contacts that others use too, with their copies there. */
  copied: z.record(z.string(), z.string()).default({}),
  startedAt: z.string(),
});
export type Transit = z.infer<typeof Transit>;

/** Whether something that still stands in the old customer's partition belongs to the new one: an account, or what one of these accounts holds. */
export const isOnItsWay = (transit: Transit | null, customerId: string, accountId: string | null): boolean =>
  transit !== null && transit.fromId === customerId && accountId !== null && transit.accountIds.includes(accountId);
