import { queryOptions } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { queryClient, tenantry } from "../../app/api.ts";
import { type List, useList } from "../../parts/table/use-list.ts";

export type Key = Output<"listApiKeys">["items"][number];
export type NewKey = Output<"createApiKey">;

/** The keys of a customer, or of its whole branch. */
export const useKeys = (customerId: string, branch: boolean): List<Key> =>
  useList(["keys", "list", customerId, branch], (cursor, signal) =>
    tenantry.listApiKeys({
      query: { customerId, limit: 100, ...(branch && { branch }), ...(cursor !== undefined && { cursor }) },
      signal,
    }),
  );

export const keyQuery = (id: string) =>
  queryOptions({
    queryKey: ["keys", "one", id],
    queryFn: ({ signal }) => tenantry.getApiKey({ params: { id }, signal }),
  });

export const refreshKeys = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ["keys"] });
