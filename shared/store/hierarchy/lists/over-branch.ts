import * as z from "zod";
import type { Chain } from "../../../domain/hierarchy/customer.ts";
import { CustomerId } from "../../../domain/terms/ids.ts";
import { linkForm } from "../../table/keys.ts";
import { BranchPosition, listBranch } from "./branch-walk.ts";
import type { StoreContext } from "../scope.ts";

/** Where a list over a branch goes on: before which customer, and after what of that one if it was shown in part. */
export const BranchListPosition = z.object({
  branch: BranchPosition.nullable(),
  inside: z.object({ customerId: CustomerId, after: z.string() }).nullable(),
});
export type BranchListPosition = z.infer<typeof BranchListPosition>;

/** Customers that one page looks at: most have few things of a kind, many have none. */
const customersAtMost = 200;
const customersAtOnce = 100;
/** Customers that are asked side by side. */
const aside = 20;

/** A thing of a customer, and the position in that one's list that goes on after it. */
export interface Listed<T> {
  value: T;
  at: string;
}
/** What a customer has, as a list of its own: the first `want` after a position, all where there are fewer. */
export type ListOf<T> = (chain: Chain, after: string | undefined, want: number) => Promise<Listed<T>[]>;

/**
 * A page of what all customers of a branch have of a kind: customer by customer in depth-first name order, in each the order of its own list. It looks
 * at no more than 200 customers, so it may hold fewer things than asked for, even none, and still say where to go on. Customers that are deleted are
 * in no list.
 * @throws DomainError not_found where the top lies outside of the caller's branch
 */
export async function listOverBranch<T>(
  context: StoreContext,
  listOf: ListOf<T>,
  topId: string,
  limit: number,
  position: BranchListPosition | null,
): Promise<{ found: T[]; next: BranchListPosition | null }> {
  const found: T[] = [];
  let from: BranchPosition | null = position?.branch ?? null;
  for (let seen = 0; ;) {
    const { places, next: rest } = await listBranch(context, topId, undefined, customersAtOnce, from);
    for (let start = 0; start < places.length; start += aside) {
      const group = places.slice(start, start + aside);
      const wanted = limit - found.length + 1;
      const insideOf = ({ id }: Chain[0]) => (position?.inside?.customerId === id ? position.inside : null);
      const lists = await Promise.all(group.map(({ chain }) => listOf(chain, insideOf(chain[0])?.after, wanted)));
      for (const [nth, list] of lists.entries()) {
        const room = limit - found.length;
        found.push(...list.slice(0, room).map(({ value }) => value));
        if (list.length <= room) continue;
        const before = places[start + nth - 1];
        const customer = group[nth]?.chain[0];
        const last = list[room - 1];
        return {
          found,
          next: {
            branch: before ? { trail: before.trail, form: linkForm } : from,
            inside:
              customer && last ? { customerId: customer.id, after: last.at } : customer ? insideOf(customer) : null,
          },
        };
      }
    }
    seen += customersAtOnce;
    if (rest === null) return { found, next: null };
    from = rest;
    if (found.length >= limit || seen >= customersAtMost) return { found, next: { branch: rest, inside: null } };
  }
}
