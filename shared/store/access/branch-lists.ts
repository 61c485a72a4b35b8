import * as z from "zod";
import { type BranchListPosition, listOverBranch } from "../hierarchy/lists/over-branch.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { apiKeyKey, apiKeyLinkPrefix, type Key } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { ApiKeyRecord } from "./api-keys.ts";

/** Things of one kind that customers have links to, by id. */
interface Kind<T> {
  prefix: string;
  key: (id: string) => Key;
  parse: (item: Item) => T;
}

const Link = z.object({ id: z.string(), sk: z.string() });

/**
 * A page of what the links of all customers of a branch lead to, oldest first for each, see `listOverBranch`. What has gone to another customer in
 * between is left out.
 * @throws DomainError not_found where the top lies outside of the caller's branch
 */
export async function linkedOverBranch<T extends { customerId: string }>(
  context: StoreContext,
  { prefix, key, parse }: Kind<T>,
  topId: string,
  limit: number,
  position: BranchListPosition | null,
): Promise<{ records: T[]; next: BranchListPosition | null }> {
  const { db } = context;
  const { found, next } = await listOverBranch(
    context,
    async ([{ id: customerId }], after, want) => {
      const { items } = await db.query({ pk: customerId, prefix, after, limit: want });
      return items.map((item) => {
        const { id, sk } = Link.parse(item);
        return { value: { id, customerId }, at: sk };
      });
    },
    topId,
    limit,
    position,
  );
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
  /** `linkedOverBranch` for API keys. @throws DomainError not_found */
  list: (topId: string, limit: number, position: BranchListPosition | null) =>
    linkedOverBranch(context, keys, topId, limit, position),
});
