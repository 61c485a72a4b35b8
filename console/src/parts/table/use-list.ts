import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";

interface Page<Row> {
  items: readonly Row[];
  nextCursor: string | null;
}

/** A list of the API as a table reads it. */
export interface List<Row> {
  rows: readonly Row[];
  /** Nothing is there yet. */
  loading: boolean;
  loadingMore: boolean;
  error: unknown;
  hasMore: boolean;
  loadMore: () => void;
  /** Loads all that is missing, and answers all rows. */
  loadAll: () => Promise<readonly Row[]>;
  reload: () => void;
}

/**
 * Reads a list page by page, by the API's cursor.
 * @param key of the query cache: the area first, then all that the list depends on
 * @param read a call of the client with that cursor; undefined is the first page
 */
export function useList<Row>(
  key: readonly unknown[],
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Row>>,
  { enabled = true, refetchInterval }: { enabled?: boolean; refetchInterval?: number } = {},
): List<Row> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    enabled,
    ...(refetchInterval !== undefined && { refetchInterval }),
  });
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = query;
  const rows = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const loadAll = useCallback(async () => {
    let result = await fetchNextPage();
    while (result.hasNextPage && !result.isError) result = await fetchNextPage();
    if (result.isError) throw result.error;
    return result.data?.pages.flatMap(({ items }) => items) ?? [];
  }, [fetchNextPage]);
  return {
    rows,
    loading: query.isPending && enabled,
    loadingMore: isFetchingNextPage,
    error: query.error,
    hasMore: hasNextPage,
    loadMore,
    loadAll: hasNextPage ? loadAll : () => Promise.resolve(rows),
    reload: () => void refetch(),
  };
}

/** A list that is there as a whole. */
export const wholeList = <Row>(
  rows: readonly Row[] | undefined,
  query: { isPending: boolean; error: unknown; refetch: () => unknown },
): List<Row> => ({
  rows: rows ?? [],
  loading: query.isPending,
  loadingMore: false,
  error: query.error,
  hasMore: false,
  loadMore: () => undefined,
  loadAll: () => Promise.resolve(rows ?? []),
  reload: () => void query.refetch(),
});
