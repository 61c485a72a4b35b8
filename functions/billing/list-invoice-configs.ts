import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { booksStore } from "../../shared/store/billing/books.ts";
import { billing as contracts } from "./contract.ts";

const stores = { books: booksStore };

/** Lists how the customers below the caller's own are invoiced. */
export async function listInvoiceConfigs({
  page,
  deps: { books },
}: Input<typeof contracts.listInvoiceConfigs, typeof stores>) {
  const at = page.position(z.string());
  await books.own(false);
  const { configs, next } = await books.configs(page.limit, at);
  return { items: configs, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listInvoiceConfigs, listInvoiceConfigs, stores);
