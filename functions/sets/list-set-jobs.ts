import { type Input, operation } from "../../shared/http/operation.ts";
import { backupSetStore, JobPosition } from "../../shared/store/devices/backup-sets.ts";
import { sets as contracts } from "./contract.ts";

const stores = { sets: backupSetStore };

/** Lists the results of a backup set's jobs, newest first (R5), of one type or of all. */
export async function listSetJobs({
  params,
  query,
  page,
  deps: { sets },
}: Input<typeof contracts.listSetJobs, typeof stores>) {
  const owner = { id: params.id, what: "backup set" } as const;
  const { jobs, next } = await sets.listJobs(owner, query.type, page.limit, page.position(JobPosition));
  return { items: jobs, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listSetJobs, listSetJobs, stores);
