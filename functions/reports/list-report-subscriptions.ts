import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { subscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import { reports as contracts } from "./contract.ts";

const stores = { subscriptions: subscriptionStore };

/** Lists the report subscriptions of one customer, oldest first. */
export async function listReportSubscriptions({
  branchId,
  page,
  deps: { subscriptions },
}: Input<typeof contracts.listReportSubscriptions, typeof stores>) {
  const { subscriptions: items, next } = await subscriptions.list(branchId, page.limit, page.position(z.string()));
  return { items, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listReportSubscriptions, listReportSubscriptions, stores);
