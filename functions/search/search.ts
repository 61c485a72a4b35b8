import * as z from "zod";
import { SearchKind } from "../../shared/domain/search/words.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { searchStore } from "../../shared/store/search/search.ts";
import { search as contracts } from "./contract.ts";

const stores = { found: searchStore };

/** Answers a page of what begins with a text in the caller's branch. */
export async function search({ query, page, deps: { found } }: Input<typeof contracts.search, typeof stores>) {
  const kinds = query.kind === undefined ? SearchKind.options : [query.kind];
  const { matches, next } = await found.find(query.q, kinds, page.limit, page.position(z.string()));
  const items = matches.map(({ chain, ...match }) => {
    const top = chain.findIndex(({ id }) => id === found.scopeId);
    const path = chain.slice(0, top + 1).toReversed();
    return {
      ...match,
      customerId: chain[0].id,
      path: path.map(({ id, level, name, isDefault }) => ({ id, level, name, isDefault })),
    };
  });
  return { items, nextCursor: page.next(next) };
}

export const handler = operation(contracts.search, search, stores);
