import { type Input, operation } from "../../shared/http/operation.ts";
import { LogPosition, logStore } from "../../shared/store/access/log-pages.ts";
import { log as contracts } from "./contract.ts";
import { filterOf } from "./filter.ts";

const stores = { log: logStore };

/** Lists what happened in a customer's branch, as far as it fits what is asked for, newest first. */
export async function listLog({ params, query, page, deps: { log } }: Input<typeof contracts.listLog, typeof stores>) {
  const filter = filterOf(params.id, query);
  const { items, next } = await log.list(params.id, filter, page.limit, page.position(LogPosition));
  return { items, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listLog, listLog, stores);
