import { queryOptions } from "@tanstack/react-query";
import type { Schemas } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";
import type { units } from "./route.ts";

export type UsageRow = Schemas["UsageRow"];
export type Unit = (typeof units)[number];

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** The last thirteen months with the present one, or the last sixty days. */
function periodOf(unit: Unit): { from: string; to: string } {
  const to = new Date();
  const from =
    unit === "month"
      ? new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() - 12, 1))
      : new Date(to.getTime() - 60 * 86_400_000);
  return { from: dayOf(from), to: dayOf(to) };
}

export const usageQuery = (id: string, unit: Unit) =>
  queryOptions({
    queryKey: ["usage", id, unit],
    queryFn: ({ signal }) => tenantry.getUsage({ params: { id }, query: { ...periodOf(unit), unit }, signal }),
  });
