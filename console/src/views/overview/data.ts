import { queryOptions } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";

export type Overview = Output<"getOverview">;

/** A customer at a glance, in one request. */
export const overviewQuery = (id: string) =>
  queryOptions({
    queryKey: ["customers", "overview", id],
    queryFn: ({ signal }) => tenantry.getOverview({ params: { id }, signal }),
    refetchInterval: 60_000,
  });
