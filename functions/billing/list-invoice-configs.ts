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
  const [{ configs, next }] = await Promise.all([books.configs(page.limit, at), books.own(false)]);
  return { items: configs, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listInvoiceConfigs, listInvoiceConfigs, stores);
