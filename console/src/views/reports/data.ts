import { queryOptions } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { queryClient, tenantry } from "../../app/api.ts";
import { type List, useList } from "../../parts/table/use-list.ts";

export type Subscription = Output<"listReportSubscriptions">["items"][number];
export type Run = Output<"listDeliveries">["items"][number];
export type MailStateName = Run["deliveries"][number]["state"];

export const kinds = ["watchlist", "event-log", "all-customers", "consolidated", "activity"] as const;
export const frequencies = ["daily", "weekly", "monthly"] as const;
export const jobTypes = ["backup", "restore", "delete", "replication"] as const;

export const useSubscriptions = (customerId: string): List<Subscription> =>
  useList(["reports", "list", customerId], (cursor, signal) =>
    tenantry.listReportSubscriptions({
      query: { customerId, limit: 100, ...(cursor !== undefined && { cursor }) },
      signal,
    }),
  );

export const subscriptionQuery = (id: string) =>
  queryOptions({
    queryKey: ["reports", "one", id],
    queryFn: ({ signal }) => tenantry.getReportSubscription({ params: { id }, signal }),
  });

/** A report as it would be sent now, or as it was sent for a period that ended at `to`. */
export const previewQuery = (id: string, to: string | undefined) =>
  queryOptions({
    queryKey: ["reports", "preview", id, to],
    queryFn: ({ signal }) =>
      tenantry.previewReport({ params: { id }, query: { ...(to !== undefined && { to }) }, signal }),
    staleTime: 60_000,
  });

const pollMs = 6000;

/** The reports of a subscription that were sent, newest first; asked for anew while they are looked at. */
export const useRuns = (id: string): List<Run> =>
  useList(
    ["reports", "runs", id],
    (cursor, signal) =>
      tenantry.listDeliveries({ params: { id }, query: { ...(cursor !== undefined && { cursor }) }, signal }),
    { refetchInterval: pollMs },
  );

export const mailQuery = (id: string) =>
  queryOptions({
    queryKey: ["mails", id],
    queryFn: ({ signal }) => tenantry.getMail({ params: { id }, signal }),
  });

export const refreshReports = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ["reports"] });
