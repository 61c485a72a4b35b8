import { queryOptions } from "@tanstack/react-query";
import { type Output, TenantryError } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";

export type Config = Output<"getInvoiceConfig">;
export type Preview = Output<"previewInvoice">;
export type Line = Preview["lines"][number];
export type Finding = Preview["findings"][number];

/** What is there, or null where nothing has been set up yet. */
const orNone = <T>(reading: Promise<T>): Promise<T | null> =>
  reading.catch((error: unknown) => {
    if (error instanceof TenantryError && (error.status === 404 || error.code === "not_applicable")) return null;
    throw error;
  });

/** How a customer is invoiced; null: not at all yet. */
export const configQuery = (id: string) =>
  queryOptions({
    queryKey: ["billing", "config", id],
    queryFn: ({ signal }) => orNone(tenantry.getInvoiceConfig({ params: { id }, signal })),
  });
/** What the invoice of a month would be; null: nothing is set up yet. */
export const previewQuery = (id: string, month: string) =>
  queryOptions({
    queryKey: ["billing", "preview", id, month],
    queryFn: ({ signal }) => orNone(tenantry.previewInvoice({ params: { id }, query: { month }, signal })),
  });
/** How all customers are invoiced that the caller's customer invoices, by name. */
export const configsQuery = queryOptions({
  queryKey: ["billing", "configs"],
  queryFn: async ({ signal }) => {
    const configs: Config[] = [];
    let cursor: string | null = null;
    do {
      const page: Output<"listInvoiceConfigs"> = await tenantry.listInvoiceConfigs({
        query: { limit: 100, ...(cursor !== null && { cursor }) },
        signal,
      });
      configs.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return configs
      .filter(({ enabled }) => enabled)
      .sort((one, other) => one.buyer.name.localeCompare(other.buyer.name));
  },
});
export const plansQuery = queryOptions({
  queryKey: ["billing", "plans"],
  queryFn: ({ signal }) => tenantry.listPricePlans({ signal }),
});
export const issuerQuery = queryOptions({
  queryKey: ["billing", "issuer"],
  queryFn: ({ signal }) => orNone(tenantry.getInvoiceIssuer({ signal })),
});

/** The months up to the present one, newest first, as `2026-11`. */
export function lastMonths(count: number): string[] {
  const now = new Date();
  return Array.from({ length: count }, (_, back) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7),
  );
}
