import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { reportStore } from "../../shared/store/reports/reports.ts";
import { reports as contracts } from "./contract.ts";

const stores = { reports: reportStore };

/** Lists the reports of a subscription, newest first, with what became of each for each recipient. */
export async function listDeliveries({
  params,
  page,
  deps: { reports },
}: Input<typeof contracts.listDeliveries, typeof stores>) {
  const { runs, next } = await reports.list(params.id, page.limit, page.position(z.string()));
  return { items: runs, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listDeliveries, listDeliveries, stores);
