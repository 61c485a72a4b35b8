import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";
import { type List, useList } from "../../parts/table/use-list.ts";

export type TaskSummary = Output<"listTasks">["items"][number];
export type Task = Output<"getTask">;
export type TaskRow = Task["result"]["rows"][number];

const pollMs = 2000;
const listPollMs = 5000;

/** The tasks of a customer's credentials, newest first; asked for anew while one is at work. */
export const useTasks = (customerId: string): List<TaskSummary> =>
  useList(
    ["tasks", "list", customerId],
    (cursor, signal) =>
      tenantry.listTasks({ query: { customerId, limit: 100, ...(cursor !== undefined && { cursor }) }, signal }),
    { refetchInterval: listPollMs },
  );

/** One task, asked for again and again until it has ended. */
export const taskQuery = (id: string) =>
  queryOptions({
    queryKey: ["tasks", "one", id],
    queryFn: ({ signal }) => tenantry.getTask({ params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data?.endedAt === null ? pollMs : false),
    staleTime: 0,
  });

const batch = 100;

/** What the rows of a task are about, by their ids. What is gone has no name. */
export function useNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const { data } = useQuery({
    queryKey: ["tasks", "names", ids],
    queryFn: async ({ signal }) => {
      const names: [string, string][] = [];
      for (let at = 0; at < ids.length; at += batch) {
        const part = ids.slice(at, at + batch).join(",");
        const { items } = await tenantry.getBatch({ query: { ids: part }, signal });
        for (const item of items) {
          if (item.kind === "customer") names.push([item.customer.id, item.customer.name]);
          else if (item.kind === "account") names.push([item.account.id, item.account.username]);
          else names.push([item.device.id, item.device.name]);
        }
      }
      return new Map(names);
    },
    enabled: ids.length > 0,
    staleTime: 5 * 60_000,
  });
  return data ?? new Map();
}
