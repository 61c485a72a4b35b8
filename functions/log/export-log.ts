import { type Input, operation } from "../../shared/http/operation.ts";
import { LogPosition, logStore } from "../../shared/store/access/log-pages.ts";
import { exportedAtMost, log as contracts } from "./contract.ts";
import { filterOf } from "./filter.ts";

const stores = { log: logStore };

/** Entries that are looked through for one answer. */
const readAtMost = 5000;

/** Answers the log of a customer's branch as JSON lines, as far as it fits what is asked for, newest first. */
export async function exportLog({
  params,
  query,
  page,
  tellNext,
  deps: { log },
}: Input<typeof contracts.exportLog, typeof stores>) {
  const { limit = exportedAtMost } = query;
  const position = page.position(LogPosition);
  const { items, next } = await log.list(params.id, filterOf(params.id, query), limit, position, readAtMost);
  tellNext(page.next(next));
  return items.map((entry) => `${JSON.stringify(entry)}\n`).join("");
}

export const handler = operation(contracts.exportLog, exportLog, stores);
