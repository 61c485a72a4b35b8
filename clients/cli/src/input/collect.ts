/** The first items of a list, or all of them. */
export async function collect<Item>(items: AsyncIterable<Item>, limit = Number.POSITIVE_INFINITY): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) {
    found.push(item);
    if (found.length >= limit) break;
  }
  return found;
}

/** How many items a page should have: the fewest requests for so many. */
export const pageSize = (limit: number | undefined): number => Math.min(limit ?? 200, 200);
