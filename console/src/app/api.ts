import { createTenantry, TenantryError } from "@tenantry/client";
import { fetchOnce } from "./early.ts";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

/** All calls of the console. The session is a cookie that no script can read. */
export const tenantry = createTenantry({ url: location.origin, retries: 2, longestWait: 20, fetch: fetchOnce });

/** To the login page, and back to this view from there. */
export function toLogin(fragment: string): void {
  const here = location.pathname + location.search;
  location.replace(`/console/login.html?next=${encodeURIComponent(here)}#${fragment}`);
}

const fragments: ReadonlyMap<string, string> = new Map([
  ["unauthenticated", "expired"],
  ["password_change_required", "change"],
  ["second_factor_required", "factor"],
]);

/** Sends whoever is not logged in, or has to do something first, to the login page. */
export function leaveIfAsked(error: unknown): boolean {
  const fragment = error instanceof TenantryError ? fragments.get(error.code) : undefined;
  if (fragment === undefined) return false;
  toLogin(fragment);
  return true;
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error) => void leaveIfAsked(error) }),
  mutationCache: new MutationCache({ onError: (error) => void leaveIfAsked(error) }),
  defaultOptions: {
    // The client itself tries again what failed for the moment.
    queries: { retry: false, staleTime: 20_000, gcTime: 5 * 60_000, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});
