import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useMe } from "../../app/session.tsx";
import { customerQuery } from "../data.ts";
import { type Branch, branchQuery, type TreeItem } from "./data.ts";
import { joined, type Row, rowsOf } from "./rows.ts";

const expandedKey = "tenantry.tree";

function readExpanded(): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(expandedKey) ?? "[]");
    return new Set(Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : []);
  } catch {
    return new Set();
  }
}

/** The tree of the caller's branch: what is expanded, what is loaded of it, and the lines that follow from that. */
export function useTree(openId: string | undefined) {
  const { scope } = useMe();
  const client = useQueryClient();
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(() => new Set([...readExpanded(), scope.id]));
  /** How many pages of a branch are wanted; one at first. */
  const [wanted, setWanted] = useState<ReadonlyMap<string, number>>(new Map());
  const { data: open } = useQuery({ ...customerQuery(openId ?? scope.id), enabled: openId !== undefined });
  const path = open?.path;

  // The way to the customer that is looked at is always in sight.
  useEffect(() => {
    if (!path) return;
    setExpanded((before) => {
      const above = path.slice(0, -1).map(({ id }) => id);
      return above.every((id) => before.has(id)) ? before : new Set([...before, ...above]);
    });
  }, [path]);
  useEffect(() => sessionStorage.setItem(expandedKey, JSON.stringify([...expanded].slice(0, 200))), [expanded]);

  // Each page names the next one, so that the list of pages grows as they come.
  const asked: { id: string; cursor: string | null }[] = [];
  for (const id of expanded) {
    let cursor: string | null = null;
    for (let page = 0; page < (wanted.get(id) ?? 1); page += 1) {
      asked.push({ id, cursor });
      const known: Branch | undefined = client.getQueryData(branchQuery(id, cursor).queryKey);
      if (known === undefined || known.nextCursor === null) break;
      cursor = known.nextCursor;
    }
  }
  const results = useQueries({ queries: asked.map(({ id, cursor }) => branchQuery(id, cursor)) });
  // Observers are new each time; what they have seen is not.
  const mark = results.map(({ dataUpdatedAt, isPending, isError }) => `${dataUpdatedAt}${isPending}${isError}`).join();
  const askedMark = asked.map(({ id, cursor }) => `${id}${cursor}`).join();

  const rows = useMemo((): Row[] => {
    const byId = new Map<string, { pages: (Branch | undefined)[]; pending: boolean; failed: boolean }>();
    for (const [index, { id }] of asked.entries()) {
      const result = results[index];
      const branch = byId.get(id) ?? { pages: [], pending: false, failed: false };
      branch.pages.push(result?.data);
      branch.pending ||= result?.isPending === true;
      branch.failed ||= result?.isError === true;
      byId.set(id, branch);
    }
    const wayFrom = new Map<string, TreeItem>();
    for (const [index, step] of (path ?? []).entries()) {
      const above = path?.[index - 1];
      if (above) wayFrom.set(above.id, { ...step, active: true, inTrial: false, isDefault: false });
    }
    const root: TreeItem = { ...scope, active: true, inTrial: false, isDefault: false };
    return rowsOf(root, {
      isExpanded: (id) => expanded.has(id),
      of(id) {
        const { pages = [], pending = true, failed = false } = byId.get(id) ?? {};
        return { ...joined(pages, wayFrom.get(id)), pending, failed };
      },
    });
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [mark, askedMark, expanded, path, scope]);

  const toggle = useCallback((id: string, open?: boolean) => {
    setExpanded((before) => {
      const next = new Set(before);
      if (open ?? !before.has(id)) next.add(id);
      else next.delete(id);
      return next;
    });
  }, []);
  const more = useCallback((id: string) => {
    setWanted((before) => new Map(before).set(id, (before.get(id) ?? 1) + 1));
  }, []);
  const retry = useCallback((id: string) => void client.refetchQueries({ queryKey: ["tree", id] }), [client]);
  return { rows, toggle, more, retry };
}
