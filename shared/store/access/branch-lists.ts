import * as z from "zod";
import { CustomerId } from "../../domain/terms/ids.ts";
import { BranchPosition, listBranch } from "../hierarchy/branch-walk.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { apiKeyKey, apiKeyLinkPrefix, type Key, linkForm } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { ApiKeyRecord } from "./api-keys.ts";

/** Where a list over a branch goes on: before which customer, and after which link if that one's were shown in part. */
export const BranchListPosition = z.object({
  branch: BranchPosition.nullable(),
  inside: z.object({ customerId: CustomerId, after: z.string() }).nullable(),
});
type Position = z.infer<typeof BranchListPosition>;

/** Customers that one page looks at: most have few keys and users, many have none. */
const customersAtMost = 200;
const customersAtOnce = 100;
/** Customers whose links are read side by side. */
const aside = 20;

/** Things of one kind that customers have links to, by id. */
interface Kind<T> {
  prefix: string;
  key: (id: string) => Key;
  parse: (item: Item) => T;
}

const Link = z.object({ id: z.string(), sk: z.string() });

/**
 * A page of what all customers of a branch have of a kind: customer by customer in depth-first name order, oldest first for each. It looks at no
 * more than 200 customers, so it may hold fewer things than asked for, even none, and still say where to go on. What has gone to another customer
 * in between is left out. Customers that are deleted are in no list.
 * @throws DomainError not_found where the top lies outside of the caller's branch
 */
export async function listOverBranch<T extends { customerId: string }>(
  context: StoreContext,
  { prefix, key, parse }: Kind<T>,
  topId: string,
  limit: number,
  position: Position | null,
): Promise<{ records: T[]; next: Position | null }> {
  const { db } = context;
  const found: { id: string; customerId: string }[] = [];
  let from: BranchPosition | null = position?.branch ?? null;
  let next: Position | null = null;
  for (let seen = 0; ;) {
    const { places, next: rest } = await listBranch(context, topId, undefined, customersAtOnce, from);
    for (let start = 0; start < places.length && next === null; start += aside) {
      const group = places.slice(start, start + aside);
      const wanted = limit - found.length + 1;
      const pages = await Promise.all(
        group.map(({ chain: [{ id: pk }] }) => {
          const after = position?.inside?.customerId === pk ? position.inside.after : undefined;
          return db.query({ pk, prefix, after, limit: wanted });
        }),
      );
      for (const [nth, { items }] of pages.entries()) {
        const customerId = group[nth]?.chain[0].id ?? "";
        const room = limit - found.length;
        const links = items.map((item) => Link.parse(item));
        found.push(...links.slice(0, room).map(({ id }) => ({ id, customerId })));
        if (links.length <= room) continue;
        const before = places[start + nth - 1];
        const last = links[room - 1];
        const earlier = position?.inside?.customerId === customerId ? position.inside : null;
        next = {
          branch: before ? { trail: before.trail, form: linkForm } : from,
          inside: last ? { customerId, after: last.sk } : earlier,
        };
        break;
      }
    }
    seen += customersAtOnce;
    if (next !== null || rest === null) break;
    from = rest;
    if (found.length >= limit || seen >= customersAtMost) {
      next = { branch: rest, inside: null };
      break;
    }
  }
  const items = await db.getAll(found.map(({ id }) => key(id)));
  const records = items.flatMap((item, nth) => {
    const record = item && parse(item);
    return record && record.customerId === found[nth]?.customerId ? [record] : [];
  });
  return { records, next };
}

const keys: Kind<ApiKeyRecord> = {
  prefix: apiKeyLinkPrefix,
  key: apiKeyKey,
  parse: (item) => ApiKeyRecord.parse(item),
};

/** The API keys of all customers of the caller's branch. */
export const branchKeyStore = (context: StoreContext) => ({
  /** `listOverBranch` for API keys. @throws DomainError not_found */
  list: (topId: string, limit: number, position: Position | null) =>
    listOverBranch(context, keys, topId, limit, position),
});
