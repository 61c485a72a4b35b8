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

/** The cursor of the address that a header names as the next one. */
function nextIn(headers: Headers): string | null {
  const [, query] = /<[^>?]*\?([^>]*)>; rel="next"/.exec(headers.get("link") ?? "") ?? [];
  return new URLSearchParams(query).get("cursor");
}

/**
 * Goes through a text that comes in parts, which are one file together, as
 * `for await (const part of parts(tenantry.exportBranch, { params: { id } })) file.write(part)`.
 * @param read a method of the client that answers text and says in the header `Link` where the rest is
 */
export async function* parts<Input extends { query?: object; onHeaders?: (headers: Headers) => void }>(
  read: (input: Input) => Promise<string>,
  input: Input,
): AsyncGenerator<string, void, void> {
  let cursor: string | null | undefined;
  do {
    const query = { ...input.query, ...(typeof cursor === "string" && { cursor }) };
    const onHeaders = (headers: Headers): void => {
      cursor = nextIn(headers);
      input.onHeaders?.(headers);
    };
    yield await read({ ...input, query, onHeaders });
  } while (typeof cursor === "string");
}
