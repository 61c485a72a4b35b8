import type { Output } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";
import type { Node } from "../../app/areas.ts";
import { type List, useList } from "../../parts/table/use-list.ts";
import { type AccountRow, withCustomers } from "../accounts/data.ts";

type Customer = Output<"getCustomer">;

/** Reads a branch on until something is found: trials may be few and far between. */
async function upToSome<Row>(
  cursor: string | undefined,
  read: (cursor: string | undefined) => Promise<{ items: Row[]; nextCursor: string | null }>,
): Promise<{ items: Row[]; nextCursor: string | null }> {
  let next = cursor;
  for (;;) {
    const page = await read(next);
    if (page.items.length > 0 || page.nextCursor === null) return page;
    next = page.nextCursor;
  }
}

/** The customers of a branch that are in trial, itself among them. */
export function useTrialCustomers(node: Node, enabled: boolean): List<Customer> {
  return useList(
    ["trials", "customers", node.id],
    (cursor, signal) =>
      upToSome(cursor, async (at) => {
        const query = { kind: "customer" as const, limit: 200, ...(at !== undefined && { cursor: at }) };
        const { items, nextCursor } = await tenantry.listDescendants({ params: { id: node.id }, query, signal });
        const found = items.flatMap((item) =>
          item.kind === "customer" && item.customer.trial !== null ? [item.customer] : [],
        );
        return { items: at === undefined && node.trial !== null ? [node, ...found] : found, nextCursor };
      }),
    { enabled },
  );
}

/** The accounts of a branch that are in trial, or whose trial has ended and that wait for a paid plan. */
export function useTrialAccounts(node: Node, enabled: boolean): List<AccountRow> {
  return useList(
    ["trials", "accounts", node.id],
    (cursor, signal) =>
      upToSome(cursor, async (at) => {
        const query = { kind: "account" as const, limit: 200, ...(at !== undefined && { cursor: at }) };
        const { items, nextCursor } = await tenantry.listDescendants({ params: { id: node.id }, query, signal });
        const found = items.flatMap((item) =>
          // A sub-account is in trial with its parent account, which is the one to decide about.
          item.kind === "account" &&
          item.account.trial !== null &&
          item.account.deletedAt === null &&
          item.account.parentAccountId === null
            ? [item.account]
            : [],
        );
        return { items: await withCustomers(found, signal), nextCursor };
      }),
    { enabled },
  );
}
