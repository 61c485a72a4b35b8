import { type Input, operation } from "../../shared/http/operation.ts";
import { booksStore } from "../../shared/store/billing/books.ts";
import { billing as contracts } from "./contract.ts";

const stores = { books: booksStore };

/** Answers a price plan of the caller's own customer. */
export async function getPricePlan({ params, deps: { books } }: Input<typeof contracts.getPricePlan, typeof stores>) {
  return (await books.plan(params.id, false)).plan;
}

export const handler = operation(contracts.getPricePlan, getPricePlan, stores);
