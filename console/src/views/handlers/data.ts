import { queryOptions } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { queryClient, tenantry } from "../../app/api.ts";
import { type List, useList } from "../../parts/table/use-list.ts";

export type Handler = Output<"listEventHandlers">["items"][number];
export type Delivery = Output<"listHandlerDeliveries">["items"][number];
export type EventType = Delivery["type"];

export const useHandlers = (customerId: string): List<Handler> =>
  useList(["handlers", "list", customerId], (cursor, signal) =>
    tenantry.listEventHandlers({ query: { customerId, limit: 100, ...(cursor !== undefined && { cursor }) }, signal }),
  );

export const handlerQuery = (id: string) =>
  queryOptions({
    queryKey: ["handlers", "one", id],
    queryFn: ({ signal }) => tenantry.getEventHandler({ params: { id }, signal }),
  });

const pollMs = 5000;

/** What a handler has delivered, newest first; asked for anew while it is looked at. */
export const useHandlerDeliveries = (id: string): List<Delivery> =>
  useList(
    ["handlers", "deliveries", id],
    (cursor, signal) =>
      tenantry.listHandlerDeliveries({
        params: { id },
        query: { limit: 50, ...(cursor !== undefined && { cursor }) },
        signal,
      }),
    { refetchInterval: pollMs },
  );

export const refreshHandlers = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ["handlers"] });
