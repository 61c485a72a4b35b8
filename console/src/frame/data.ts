import { queryOptions } from "@tanstack/react-query";
import { tenantry } from "../app/api.ts";

/** A customer's record. */
export const customerQuery = (id: string) =>
  queryOptions({
    queryKey: ["customers", "one", id],
    queryFn: ({ signal }) => tenantry.getCustomer({ params: { id }, signal }),
  });

/** Logo and colour as they hold for a customer: its own, or those of a level above. */
export const effectiveBranding = (id: string) =>
  queryOptions({
    queryKey: ["customers", "branding", id],
    queryFn: async ({ signal }) => (await tenantry.getCustomer({ params: { id }, signal })).branding,
    staleTime: 10 * 60_000,
  });

/** What begins with a text, anywhere in the branch. */
export const searchQuery = (text: string) =>
  queryOptions({
    queryKey: ["search", text],
    queryFn: ({ signal }) => tenantry.search({ query: { q: text, limit: 20 }, signal }),
    enabled: text !== "",
    staleTime: 10_000,
  });
