import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { serviceStore } from "../../shared/store/hierarchy/services.ts";
import { services as contracts } from "./contract.ts";

const stores = { services: serviceStore };

/** Lists the billing-only services of one customer, oldest first. */
export async function listServices({
  branchId,
  query,
  page,
  deps: { services },
}: Input<typeof contracts.listServices, typeof stores>) {
  const { services: items, next } = await services.list(
    branchId,
    query.ended ?? false,
    page.limit,
    page.position(z.string()),
  );
  return { items, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listServices, listServices, stores);
