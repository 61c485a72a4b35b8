import { useQuery } from "@tanstack/react-query";
import { type Output, parts } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";
import { type List, useList, wholeList } from "../../parts/table/use-list.ts";
import type { LogSearch } from "./route.ts";

export type LogEntry = Output<"listLog">["items"][number];
export type AccessLine = Output<"listAccessLog">["items"][number];

const followMs = 4000;

const queryOf = ({ type, from, to, actor, only }: LogSearch) => ({
  ...(type !== undefined && { type: type as LogEntry["type"] }),
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
  ...(actor !== undefined && { actorId: actor }),
  ...(only !== undefined && { only }),
});

/** What happened in a branch, newest first. While it is followed: the newest hundred, again and again. */
export function useLog(nodeId: string, search: LogSearch): List<LogEntry> {
  const follow = search.follow === true;
  const query = queryOf(search);
  const pages = useList(
    ["log", "list", nodeId, query],
    (cursor, signal) =>
      tenantry.listLog({
        params: { id: nodeId },
        query: { ...query, limit: 100, ...(cursor !== undefined && { cursor }) },
        signal,
      }),
    { enabled: !follow },
  );
  const newest = useQuery({
    queryKey: ["log", "follow", nodeId, query],
    queryFn: ({ signal }) => tenantry.listLog({ params: { id: nodeId }, query: { ...query, limit: 100 }, signal }),
    enabled: follow,
    refetchInterval: followMs,
    staleTime: 0,
  });
  return follow ? wholeList(newest.data?.items, newest) : pages;
}

/** What the credentials of a customer have tried. */
export const useAccess = (nodeId: string, { from, to }: LogSearch, enabled: boolean): List<AccessLine> =>
  useList(
    ["log", "access", nodeId, { from, to }],
    (cursor, signal) =>
      tenantry.listAccessLog({
        params: { id: nodeId },
        query: { limit: 100, ...queryOf({ from, to }), ...(cursor !== undefined && { cursor }) },
        signal,
      }),
    { enabled },
  );

/** The log that a search finds as one file of JSON lines. */
export async function exportLog(nodeId: string, search: LogSearch): Promise<string> {
  const lines: string[] = [];
  const query = { ...queryOf(search), limit: 1000 };
  for await (const part of parts(tenantry.exportLog, { params: { id: nodeId }, query })) lines.push(part);
  return lines.join("");
}
