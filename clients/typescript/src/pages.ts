/** A page of a list. */
interface Page<Item> {
  items: readonly Item[];
  nextCursor: string | null;
}

/**
 * Goes through all items of a list, page by page, as `for await (const customer of pages(tenantry.listCustomers, { query: { parentId } }))`.
 * @param list a method of the client that answers pages
 * @param input what it is called with; its `cursor` is where to begin
 */
export async function* pages<Input extends { query?: object }, Item>(
  list: (input: Input) => Promise<Page<Item>>,
  ...[input]: Record<never, never> extends Input ? [input?: Input] : [input: Input]
): AsyncGenerator<Item, void, void> {
  let cursor: string | null | undefined;
  do {
    const query = { ...input?.query, ...(typeof cursor === "string" && { cursor }) };
    const page = await list({ ...input, query } as Input);
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
