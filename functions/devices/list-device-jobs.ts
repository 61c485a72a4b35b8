import { type Input, operation } from "../../shared/http/operation.ts";
import { backupSetStore, JobPosition } from "../../shared/store/devices/backup-sets.ts";
import { devices as contracts } from "./contract.ts";

const stores = { sets: backupSetStore };

/** Lists the results of a device's jobs, newest first (R5), of one type or of all. */
export async function listDeviceJobs({
  params,
  query,
  page,
  deps: { sets },
}: Input<typeof contracts.listDeviceJobs, typeof stores>) {
  const owner = { id: params.id, what: "device" } as const;
  const { jobs, next } = await sets.listJobs(owner, query.type, page.limit, page.position(JobPosition));
  return { items: jobs, nextCursor: page.next(next) };
}

export const handler = operation(contracts.listDeviceJobs, listDeviceJobs, stores);
