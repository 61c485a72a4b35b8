import type { Output } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";
import { type List, useList } from "../../parts/table/use-list.ts";
import type { customerStates } from "./route.ts";

export type Customer = Output<"listCustomers">["items"][number];

export interface CustomerFilter {
  name?: string | undefined;
  state?: (typeof customerStates)[number] | undefined;
  sort?: "name" | "createdAt" | undefined;
}

/** What stands directly below a customer, page by page. */
export function useCustomers(parentId: string, { name, state, sort }: CustomerFilter): List<Customer> {
  return useList(["customers", "list", parentId, { name, state, sort }], (cursor, signal) =>
    tenantry.listCustomers({
      query: {
        parentId,
        limit: 100,
        ...(cursor !== undefined && { cursor }),
        ...(name !== undefined && { name }),
        ...(sort !== undefined && { sort }),
        ...(state === "active" && { active: true }),
        ...(state === "inactive" && { active: false }),
        ...(state === "trial" && { trial: true }),
        ...(state === "deleted" && { deleted: true }),
      },
      signal,
    }),
  );
}
