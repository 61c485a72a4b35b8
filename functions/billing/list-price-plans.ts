import { type Input, operation } from "../../shared/http/operation.ts";
import { booksStore } from "../../shared/store/billing/books.ts";
import { billing as contracts } from "./contract.ts";

const stores = { books: booksStore };

/** Lists the price plans of the caller's own customer. There are few: all of them are one page. */
export async function listPricePlans({ deps: { books } }: Input<typeof contracts.listPricePlans, typeof stores>) {
  const [items] = await Promise.all([books.plans(), books.own(false)]);
  return { items, nextCursor: null };
}

export const handler = operation(contracts.listPricePlans, listPricePlans, stores);
