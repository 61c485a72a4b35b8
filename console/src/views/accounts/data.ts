import { queryOptions } from "@tanstack/react-query";
import type { Output, Schemas } from "@tenantry/client";
import { queryClient, tenantry } from "../../app/api.ts";
import type { Node } from "../../app/areas.ts";
import { type List, useList } from "../../parts/table/use-list.ts";
import type { AccountsSearch } from "./route.ts";

export type Account = Schemas["Account"];
export type Contact = Schemas["Contact"];
export type Plan = Output<"listPlans">["items"][number];
type Customer = Output<"getCustomer">;

/** An account with the customer that it belongs to. */
export interface AccountRow {
  account: Account;
  customer: Pick<Customer, "id" | "name"> | undefined;
}

export const plansQuery = queryOptions({
  queryKey: ["plans"],
  queryFn: async ({ signal }) => (await tenantry.listPlans({ signal })).items,
  staleTime: 5 * 60_000,
});

/** All accounts of one customer. */
export const accountsOf = (customerId: string) =>
  queryOptions({
    queryKey: ["accounts", "of", customerId],
    queryFn: async ({ signal }) => {
      const accounts: Account[] = [];
      let cursor: string | null | undefined;
      do {
        const query = { customerId, limit: 200, ...(typeof cursor === "string" && { cursor }) };
        const page = await tenantry.listAccounts({ query, signal });
        accounts.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return accounts;
    },
  });

/** All contacts of one customer. */
export const contactsOf = (customerId: string) =>
  queryOptions({
    queryKey: ["contacts", "of", customerId],
    queryFn: async ({ signal }) => {
      const contacts: Contact[] = [];
      let cursor: string | null | undefined;
      do {
        const query = { customerId, limit: 200, ...(typeof cursor === "string" && { cursor }) };
        const page = await tenantry.listContacts({ query, signal });
        contacts.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return contacts;
    },
  });

/** Puts to accounts the customer that each belongs to. */
export async function withCustomers(accounts: readonly Account[], signal: AbortSignal): Promise<AccountRow[]> {
  const ids = [...new Set(accounts.map(({ customerId }) => customerId))];
  const found = new Map<string, Customer>();
  for (let at = 0; at < ids.length; at += 100) {
    const { items } = await tenantry.getBatch({ query: { ids: ids.slice(at, at + 100).join() }, signal });
    for (const item of items) if (item.kind === "customer") found.set(item.customer.id, item.customer);
  }
  return accounts.map((account) => ({ account, customer: found.get(account.customerId) }));
}

async function searched(node: Node, name: string, cursor: string | undefined, signal: AbortSignal) {
  const query = { q: name, kind: "account" as const, limit: 50, ...(cursor !== undefined && { cursor }) };
  const { items, nextCursor } = await tenantry.search({ query, signal });
  const ids = items.filter(({ path }) => path.some(({ id }) => id === node.id)).map(({ id }) => id);
  const found = ids.length === 0 ? null : await tenantry.getBatch({ query: { ids: ids.join() }, signal });
  return { items: (found?.items ?? []).flatMap((item) => (item.kind === "account" ? [item.account] : [])), nextCursor };
}

async function walked(node: Node, cursor: string | undefined, signal: AbortSignal) {
  const query = { kind: "account" as const, limit: 100, ...(cursor !== undefined && { cursor }) };
  const { items, nextCursor } = await tenantry.listDescendants({ params: { id: node.id }, query, signal });
  return { items: items.flatMap((item) => (item.kind === "account" ? [item.account] : [])), nextCursor };
}

/** The accounts of a branch in the order of its tree, page by page. Deleted ones are there for those who ask for them. */
export function useAccounts(node: Node, { name, state }: Omit<AccountsSearch, "sort">): List<AccountRow> {
  return useList(["accounts", "list", node.id, { name, state }], async (cursor, signal) => {
    // A page of the API may hold nothing that passes; then the next one is read at once.
    let next = cursor;
    for (;;) {
      const page = await (name === undefined ? walked(node, next, signal) : searched(node, name, next, signal));
      const passing = page.items.filter((account) =>
        state === undefined ? account.state !== "deleted" : account.state === state,
      );
      if (passing.length > 0 || page.nextCursor === null)
        return { items: await withCustomers(passing, signal), nextCursor: page.nextCursor };
      next = page.nextCursor;
    }
  });
}

/** To be called after accounts or contacts were changed. */
export const refreshAccounts = async (): Promise<void> => {
  await Promise.all(
    [["accounts"], ["contacts"], ["devices"], ["trials"], ["search"], ["named"]].map((queryKey) =>
      queryClient.invalidateQueries({ queryKey }),
    ),
  );
};
