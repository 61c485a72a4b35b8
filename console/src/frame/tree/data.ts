import { type QueryClient, queryOptions } from "@tanstack/react-query";
import type { Schemas } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";

export interface Branch {
  items: readonly TreeItem[];
  nextCursor: string | null;
}
/** A customer as the tree shows it. */
export type TreeItem = Pick<Schemas["TreeNode"], "id" | "level" | "name" | "active" | "inTrial" | "isDefault">;

/** One page of what stands directly below a customer. */
export const branchQuery = (id: string, cursor: string | null) =>
  queryOptions({
    queryKey: ["tree", id, cursor],
    queryFn: async ({ signal }): Promise<Branch> => {
      if (cursor === null) {
        const { children, nextCursor } = await tenantry.getTree({ params: { id }, query: { depth: 1 }, signal });
        return { items: children ?? [], nextCursor };
      }
      const page = await tenantry.listCustomers({ query: { parentId: id, cursor, limit: 200 }, signal });
      return {
        items: page.items.map(({ id: own, level, name, active, trial, isDefault }) => ({
          id: own,
          level,
          name,
          active,
          inTrial: trial !== null,
          isDefault,
        })),
        nextCursor: page.nextCursor,
      };
    },
    staleTime: 60_000,
  });

/** To be called after customers were made, renamed, moved or deleted. @public */
export const refreshTree = (client: QueryClient): Promise<void> => client.invalidateQueries({ queryKey: ["tree"] });
