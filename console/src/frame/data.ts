import { queryOptions } from "@tanstack/react-query";
import { tenantry } from "../app/api.ts";

/** A customer's record. */
export const customerQuery = (id: string) =>
  queryOptions({
    queryKey: ["customers", "one", id],
    queryFn: ({ signal }) => tenantry.getCustomer({ params: { id }, signal }),
  });

/** What begins with a text, anywhere in the branch. */
export const searchQuery = (text: string) =>
  queryOptions({
    queryKey: ["search", text],
    queryFn: ({ signal }) => tenantry.search({ query: { q: text, limit: 20 }, signal }),
    enabled: text !== "",
    staleTime: 10_000,
  });
