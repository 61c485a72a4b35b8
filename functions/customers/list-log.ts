import { type Input, operation } from "../../shared/http/operation.ts";
import { LogPosition, logStore } from "../../shared/store/access/log-pages.ts";
import { customers as contracts } from "./contract.ts";

const stores = { log: logStore };

/** Lists what happened in a customer's branch, or to the customer alone, newest first. */
export async function listLog({ params, query, page, deps: { log } }: Input<typeof contracts.listLog, typeof stores>) {
  const list = query.only === "node" ? log.listNode : log.listBranch;
  const { items, next } = await list(params.id, page.limit, page.position(LogPosition));
  return { items, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listLog, listLog, stores);
